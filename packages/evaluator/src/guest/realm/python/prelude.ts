/** The Python half of the worktime, run once in every interpreter. Its last line is what it evaluates to. */

/** The name under which a work function appears in tracebacks; its lines are shown because of it. */
const workFile = 'workFunction.py'
/** That of the prelude itself, which tracebacks leave out. */
export const preludeFile = '<worktime>'

export const prelude = `
def _manyhands():
  import importlib.util, io, os, sys, types
  from pyodide.code import CodeRunner, find_imports

  def prepare(images, environment, argv):
    for image in images:
      import tarfile
      with tarfile.open(fileobj=io.BytesIO(bytes(image))) as archive:
        for member in archive:
          # Folders of the interpreter are left as they are.
          if not (member.isdir() and os.path.exists(os.path.join('/', member.name))):
            # The official Python client gives folders no right of search.
            if member.isdir():
              member.mode |= 0o700
            archive.extract(member, '/', filter='tar')
    os.environ.update(environment)
    sys.argv.extend(argv)

  def compile(source):
    runner = CodeRunner(source, return_mode='none', filename='${workFile}').compile()
    return lambda globals: runner.run(globals)

  def missing(source):
    def is_there(name):
      try:
        return importlib.util.find_spec(name) is not None
      except ValueError:
        return name in sys.modules
    names = {name.partition('.')[0] for name in find_imports(source)}
    return sorted(name for name in names if not is_there(name))

  return types.SimpleNamespace(prepare=prepare, compile=compile, missing=missing)
_manyhands()
`

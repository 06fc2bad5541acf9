import { expect, test } from 'vitest'

import { pythonError, trimTraceback } from './traceback.ts'

const traceback = `Traceback (most recent call last):
  File "/lib/python313.zip/_pyodide/_base.py", line 597, in run
    coroutine = eval(self.code, globals, locals)
  File "<worktime>", line 20, in <lambda>
  File "workFunction.py", line 2, in <module>
    x = [1][d]
            ^
  File "/lib/python313.zip/json/__init__.py", line 1, in load
    pass
NameError: name 'd' is not defined
  with a second line
`

test('a traceback is left with the lines of the work function and of the library', () => {
  expect(trimTraceback(traceback)).toBe(`Traceback (most recent call last):
  File "workFunction.py", line 2, in <module>
    x = [1][d]
            ^
  File "/lib/python313.zip/json/__init__.py", line 1, in load
    pass
NameError: name 'd' is not defined
  with a second line
`)
})

test('an error of Python keeps its name, and its stack is the traceback', () => {
  const thrown = Object.assign(new Error(traceback), { name: 'PythonError' })
  const error = pythonError(thrown)
  const message = trimTraceback(traceback)
  expect(error).toMatchObject({ name: 'PythonError', message, stack: `PythonError: ${message}` })
})

test('another error stays what it is', () => {
  const thrown = new RangeError('other')
  expect(pythonError(thrown)).toBe(thrown)
})

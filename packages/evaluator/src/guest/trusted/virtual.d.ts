/** The realm's bundle as text; the build puts it there. */
declare module 'virtual:realm' {
  const source: string
  export default source
}

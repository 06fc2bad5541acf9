/** What of the language is done better by Node's own means. */
export { utf8Text } from './utf8-text.ts'

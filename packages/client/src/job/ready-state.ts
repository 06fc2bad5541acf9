/** Where a handle is on its way to being deployed; each change is a `readystatechange` event. */
export type ReadyState =
  | 'new'
  | 'exec'
  | 'init'
  | 'preauth'
  | 'deploying'
  | 'listeners'
  | 'compute-groups'
  | 'uploading'
  | 'deployed'
  /** `exec` on the handle of a job that was deployed before. */
  | 'reconnected'

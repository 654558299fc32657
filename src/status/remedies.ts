const report = 'run with --record session.ndjson, look through the file, and report it'

/** What a person can do about a kind of oddity; for one that is none of these, a recording tells more. */
const remedies: Readonly<Record<string, string>> = {
  'load-unseen': 'reload that tab to be sure',
  'picture-missed': 'open its conversation in the browser, or run dalle-archiver backfill',
  'conversation-missed': 'open it in the browser',
  'library-image-of-unknown-origin': 'open their conversations, or run dalle-archiver backfill',
  lost: 'run dalle-archiver backfill; coverage names what is lacking',
  'bytes-that-do-not-fit': 'nothing, mostly: smaller copies of a picture are not kept',
  'not-an-image': 'nothing, mostly: the site answered with a page in place of a picture',
}

/** What to do about a kind of oddity. */
export const remedyOf = (kind: string): string => remedies[kind] ?? report

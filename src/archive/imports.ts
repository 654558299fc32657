/** The file in `imports/<id>/` that is read again: `{ facts }` in it are of generated images that no export held. */
export const evidenceFile = 'evidence.ndjson'

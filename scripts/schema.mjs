// Writes docs/record.schema.json from the code; run after `npm run build`. A test compares the two.
import { writeFileSync } from 'node:fs'
import { recordJsonSchema } from '../dist/archive/records.js'

const place = new URL('../docs/record.schema.json', import.meta.url)
writeFileSync(place, `${JSON.stringify(recordJsonSchema(), null, 2)}\n`)

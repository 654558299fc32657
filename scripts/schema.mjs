// Writes docs/record.schema.json and docs/config.schema.json from the code; run after `npm run build`. Tests compare them.
import { writeFileSync } from 'node:fs'
import { recordJsonSchema } from '../dist/archive/records.js'
import { configJsonSchema } from '../dist/config.js'

for (const [name, schema] of Object.entries({ record: recordJsonSchema(), config: configJsonSchema() }))
  writeFileSync(new URL(`../docs/${name}.schema.json`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`)

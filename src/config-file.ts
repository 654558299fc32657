import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { refuseForeignConfig } from './config-owner.ts'
import { ArchiverError, messageOf } from './errors.ts'

/**
 * Reads the JSON of a config file.
 *
 * Errors  ArchiverError "config": no such file, no JSON, or a file that somebody else can write.
 */
export function readConfigFile(place: string): unknown {
  const text = textIn(place)
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new ArchiverError('config', `${place} is no valid JSON: ${messageOf(error)}`, {
      hint: 'Windows paths need doubled backslashes ("C:\\\\Users\\\\…") or forward slashes.',
      cause: error,
    })
  }
}

function textIn(place: string): string {
  let file: number | undefined
  try {
    file = openSync(place, 'r')
    // The very file that is read: in a folder of several users, another may stand in its place a moment later.
    refuseForeignConfig(place, fstatSync(file))
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof ArchiverError) throw error
    throw new ArchiverError('config', `${place} cannot be read: ${messageOf(error)}`, {
      hint: 'Run "dalle-archiver config init" in a folder to have a config.json written there.',
      cause: error,
    })
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Says to editors what may be in a config file: they then explain each setting and complain of a wrong one. */
const schema = new URL('../docs/config.schema.json', import.meta.url).href

/**
 * Writes a config file where there is none; its folder is made.
 *
 * Errors  ArchiverError "usage" when there is one, which is left as it is; "disk" when it cannot be written.
 */
export function writeNewConfig(file: string, settings: object): void {
  const place = path.resolve(file)
  try {
    mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 })
    writeFileSync(place, `${JSON.stringify({ $schema: schema, ...settings }, null, 2)}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (existsSync(place)) throw new ArchiverError('usage', `${place} is there already; it is left as it is.`)
    throw new ArchiverError('disk', `${place} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}

import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

import { ArchiverError } from '../errors.ts'

/** What requests to the store are signed with. They are in no config, log or record of ours. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The credentials of whoever runs this: of the environment, or of the files that the tools of AWS use.
 *
 * Shape   `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`; else the profile `AWS_PROFILE`, or
 *         "default", of `~/.aws/credentials`, then of `~/.aws/config`. `AWS_SHARED_CREDENTIALS_FILE` and
 *         `AWS_CONFIG_FILE` name others.
 * Errors  ArchiverError "config" where there are none.
 */
export async function findCredentials(environment: Environment = process.env): Promise<Credentials> {
  const own = credentialsIn({
    aws_access_key_id: environment.AWS_ACCESS_KEY_ID,
    aws_secret_access_key: environment.AWS_SECRET_ACCESS_KEY,
    aws_session_token: environment.AWS_SESSION_TOKEN,
  })
  if (own) return own
  const profile = environment.AWS_PROFILE || 'default'
  const folder = path.join(homedir(), '.aws')
  const shared = environment.AWS_SHARED_CREDENTIALS_FILE || path.join(folder, 'credentials')
  const config = environment.AWS_CONFIG_FILE || path.join(folder, 'config')
  const found =
    credentialsIn(await sectionOf(shared, profile)) ??
    credentialsIn(await sectionOf(config, profile === 'default' ? profile : `profile ${profile}`))
  if (found) return found
  throw new ArchiverError('config', `There are no credentials for the mirror (profile "${profile}").`, {
    hint: `Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put them into ${shared}.`,
  })
}

function credentialsIn(values: Environment): Credentials | undefined {
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = values
  if (!accessKeyId || !secretAccessKey) return undefined
  const { aws_session_token: sessionToken } = values
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}

/** The values of one section of such a file; none when there is no file. */
async function sectionOf(file: string, wanted: string): Promise<Environment> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const values: Record<string, string> = {}
  let section = ''
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]
    const [, key, value] = /^([A-Za-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (head !== undefined) section = head.replace(/\s+/g, ' ')
    else if (section === wanted && key !== undefined && value !== undefined) values[key.toLowerCase()] = value
  }
  return values
}

import type { MirrorSettings } from '../config.ts'
import { ArchiverError } from '../errors.ts'

/** Where a mirror is: in any store that speaks S3. */
export interface MirrorPlace {
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  /** Stands before every key; empty, or with `/` at its end. */
  readonly prefix: string
}

/** Where the mirror of the settings is. Errors: ArchiverError "config" when they name none. */
export function placeOf(settings: MirrorSettings | undefined): MirrorPlace {
  if (settings) return { ...settings, prefix: settings.prefix === '' ? '' : `${settings.prefix.replace(/\/+$/, '')}/` }
  throw new ArchiverError('config', 'There is no "mirror" in the config.', {
    hint: 'Add one, such as "mirror": { "endpoint": "https://s3.eu-central-1.amazonaws.com", "bucket": "my-pictures" }.',
  })
}

/** The mirror as people know it. */
export const mirrorName = ({ endpoint, bucket, prefix }: MirrorPlace): string =>
  [endpoint.replace(/\/+$/, ''), bucket, prefix.replace(/\/$/, '')].filter((part) => part !== '').join('/')

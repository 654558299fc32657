import { siteNamed } from '../sites/index.ts'
import type { ReadRecord } from './record-fields.ts'

/** The page of the conversation a picture was made in, if its site is known and has such pages. */
export const conversationUrlOf = ({ site, conversationId }: Pick<ReadRecord, 'site' | 'conversationId'>) =>
  conversationId === null ? null : (siteNamed(site)?.conversationUrl(conversationId) ?? null)

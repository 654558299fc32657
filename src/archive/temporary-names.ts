import { randomBytes } from 'node:crypto'

/** Temporary files: hidden, of fixed length, so that no long name can overflow and no listing shows a half image. */
const temporaryName = /^\.[0-9a-f]{16}\.part$/

/** A name for a file that is being written, beside the place it will have. */
export const temporaryNameFor = () => `.${randomBytes(8).toString('hex')}.part`

/** Whether a file is a leftover of a write that did not finish. */
export const isTemporary = (name: string): boolean => temporaryName.test(name)

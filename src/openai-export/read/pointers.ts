import { derivativeOf, isUuid } from './name-parts.ts'

/** The id a pointer names, without scheme, folders and `.dat`; for composites the file they were made of. */
export function pointedAt(pointer: string): { id: string; derivative: string | null } | undefined {
  const text = decoded(pointer)
    .replace(/^[a-z-]+:\/\//, '')
    .replace(/\.dat$/i, '')
  const parts = text.split('#')
  if (parts.length > 1) {
    const at = parts.findIndex((part) => isId(part))
    const id = parts[at]
    return id === undefined ? undefined : { id, derivative: derivativeOf(parts[at + 1] ?? '') }
  }
  return isId(text) ? { id: isUuid(text) ? text.toLowerCase() : text, derivative: null } : undefined
}

const isId = (text: string) => /^(?:file-[A-Za-z0-9]{6,64}|file_[0-9a-zA-Z]{8,64})$/.test(text) || isUuid(text)

/** Text without percent escapes; as it is, where these are malformed. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

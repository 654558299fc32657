import { pointerPartsOf } from '../../sites/chatgpt/ids.ts'
import { derivativeOf, isUuid } from './name-parts.ts'

/** The id a pointer names, without scheme, folders and `.dat`; for composites the file they were made of. */
export function pointedAt(pointer: string): { id: string; derivative: string | null } | undefined {
  const found = pointerPartsOf(pointer, isId)
  if (!found) return undefined
  const { id, derivative } = found
  return {
    id: isUuid(id) ? id.toLowerCase() : id,
    derivative: derivative === null ? null : derivativeOf(derivative),
  }
}

const isId = (text: string) => /^(?:file-[A-Za-z0-9]{6,64}|file_[0-9a-zA-Z]{8,64})$/.test(text) || isUuid(text)

import { parseFileId } from '../../src/sites/chatgpt/ids.ts'
import { type DatedFacts, unsaidFacts } from '../../src/sites/facts.ts'
import { type FileId, type GenerationId, parseGenerationId } from '../../src/sites/ids.ts'

/** A file id, checked as the wire's are. */
export function fileId(text: string): FileId {
  const id = parseFileId(text)
  if (id === null) throw new Error(`${text} is no file id`)
  return id
}

/** A generation id, checked as the wire's are. */
export function genId(text: string): GenerationId {
  const id = parseGenerationId(text)
  if (id === null) throw new Error(`${text} is no generation id`)
  return id
}

/** 2023-10-29, noon on this machine's clock. */
export const noon = new Date(2023, 9, 29, 12, 0, 0)

/** Facts of one picture, everything said; `more` says otherwise. */
export function facts(more: Partial<DatedFacts> = {}): DatedFacts {
  return {
    ...unsaidFacts(fileId('file-mTlImgNhbMGexJI3DFLJXJlh'), 'stream'),
    genId: genId('M5QoHjYO7Qe9pl1Z'),
    prompt: 'Photo of a man on the moon',
    promptSource: 'dalle',
    seed: 1_234_567,
    createdAt: noon,
    dateSource: 'message',
    conversationId: '8c1d4e2a-5b6f-4a70-9c3e-2f1a0b9c8d7e',
    conversationTitle: 'About the moon',
    messageId: '5f0c7a54-2c1d-4f6e-9a0b-0d6f3c1e7a11',
    ...more,
  }
}

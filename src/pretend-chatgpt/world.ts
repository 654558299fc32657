import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { makePng, makeWebp, type Size } from './pictures.ts'

/** What may go wrong when a picture's bytes are asked for. */
export type Fault =
  | 'forbidden'
  | 'html'
  | 'cut'
  | 'cut-quietly'
  | 'no-store'
  | 'immutable'
  | 'empty'
  | 'slow'
  | 'no-cors'

/** Which host and look-up route a picture uses: those of its era. */
export type Era = 'A' | 'B' | 'C' | 'D'

/** A picture the pretend site made or was given: the truth that an archive is compared with. */
export interface PretendPicture {
  readonly fileId: string
  readonly storageId: string
  readonly role: 'generated' | 'preview' | 'upload'
  readonly era: Era
  readonly genId: string | null
  readonly prompt: string | null
  readonly seed: number | null
  readonly size: Size
  readonly bytes: Buffer
  readonly mime: string
  readonly sha256: string
  readonly conversationId: string
  faults: Fault[]
  /** How often its bytes were asked for. */
  served: number
}

/** A message as it stands in stored conversations and streams. */
export type Message = Record<string, unknown>

/** A node of a conversation's tree; the root has no message. */
export interface Node {
  readonly id: string
  readonly parent: string | null
  readonly children: string[]
  message: Message | null
}

/** A stored conversation. */
export interface Conversation {
  readonly id: string
  title: string
  readonly createdAtS: number
  updatedAtS: number
  readonly nodes: Map<string, Node>
  current: string
  isArchived: boolean
  /** The project it belongs to; no list of all conversations has it then. */
  projectId: string | null
}

/** Everything the pretend site has stored. */
export interface World {
  readonly pictures: Map<string, PretendPicture>
  readonly conversations: Map<string, Conversation>
  /** Group chats, which stand in no list of conversations. */
  readonly rooms: Map<string, Conversation>
  addPicture(wanted: PictureWish): PretendPicture
  addConversation(title: string): Conversation
  addRoom(title: string): Conversation
  /** Hangs a message under another; returns its node id. */
  append(conversation: Conversation, parent: string, message: Message): string
  byStorage(storageId: string): PretendPicture | undefined
}

/** What a picture shall be like; the rest is drawn at random. */
export interface PictureWish {
  readonly era: Era
  readonly role?: PretendPicture['role']
  readonly prompt?: string | null
  readonly conversationId: string
  readonly size?: Size
  readonly lengthBytes?: number
  readonly fileId?: string
  readonly genId?: string | null
  readonly faults?: Fault[]
  readonly bytes?: Buffer
}

const base62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const letters = (count: number) => Array.from({ length: count }, () => base62[randomInt(base62.length)]).join('')
const squares: Record<Era, Size> = {
  A: { widthPx: 1024, heightPx: 1024 },
  B: { widthPx: 1792, heightPx: 1024 },
  C: { widthPx: 1024, heightPx: 1536 },
  D: { widthPx: 1254, heightPx: 1254 },
}

/** Everything the pretend site knows; ids have the forms of their era. */
export function createWorld(): World {
  const pictures = new Map<string, PretendPicture>()
  const conversations = new Map<string, Conversation>()
  const rooms = new Map<string, Conversation>()
  return {
    pictures,
    conversations,
    rooms,
    addPicture(wanted) {
      const isOld = wanted.era === 'A' || wanted.era === 'B'
      const storageId = randomUUID()
      const size = wanted.size ?? squares[wanted.era]
      const lengthBytes = wanted.lengthBytes ?? 40_000 + randomInt(60_000)
      const bytes = wanted.bytes ?? (isOld ? makeWebp(size, lengthBytes) : makePng(size, lengthBytes))
      const picture: PretendPicture = {
        fileId: wanted.fileId ?? (isOld ? `file-${letters(24)}` : `file_${storageId.replaceAll('-', '')}`),
        storageId,
        role: wanted.role ?? 'generated',
        era: wanted.era,
        genId:
          wanted.genId !== undefined
            ? wanted.genId
            : wanted.role === 'upload'
              ? null
              : isOld
                ? letters(16)
                : randomUUID(),
        prompt: wanted.prompt ?? null,
        seed: isOld ? randomInt(2 ** 32) : null,
        size,
        bytes,
        mime: isOld ? 'image/webp' : 'image/png',
        sha256: createHash('sha256').update(bytes).digest('hex'),
        conversationId: wanted.conversationId,
        faults: wanted.faults ?? [],
        served: 0,
      }
      pictures.set(picture.fileId, picture)
      return picture
    },
    addConversation(title) {
      const id = `${Math.floor(Date.now() / 1000).toString(16)}-${randomUUID().slice(9)}`
      const conversation = emptyConversation(id, title)
      conversations.set(id, conversation)
      return conversation
    },
    addRoom(title) {
      const id = randomBytes(16).toString('hex')
      const room = emptyConversation(id, title)
      rooms.set(id, room)
      return room
    },
    append(conversation, parent, message) {
      const id = String(message.id)
      conversation.nodes.get(parent)?.children.push(id)
      conversation.nodes.set(id, { id, parent, children: [], message })
      conversation.current = id
      conversation.updatedAtS = Date.now() / 1000
      return id
    },
    byStorage: (storageId) => [...pictures.values()].find((picture) => picture.storageId === storageId),
  }
}

function emptyConversation(id: string, title: string): Conversation {
  const now = Date.now() / 1000
  const root: Node = { id: randomUUID(), parent: null, children: [], message: null }
  const nodes = new Map([[root.id, root]])
  return { id, title, createdAtS: now, updatedAtS: now, nodes, current: root.id, isArchived: false, projectId: null }
}

/** Whose account it is: nothing of this is a picture's business either. */
export const pretendPerson = {
  id: 'user-PretendPerson01',
  email: 'pretend.person@example.com',
  account: '5ecre7ac-c0de-4000-8000-0123456789ab',
} as const

/** A token-like string; it must never be found in an archive, a log or a recording. */
export const plantedSecret = () => `eyJhbGciOiJub25lIn0.${randomBytes(24).toString('base64url')}.pretend`

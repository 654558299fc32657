import { randomUUID } from 'node:crypto'
import { callMessage, imageMessage, type MessageHead, textMessage, userMessage } from './messages.ts'
import type { Conversation, Era, Message, PretendPicture, World } from './world.ts'

/** What was on the site before the visit. */
export interface History {
  /** A conversation with every oddity of stored ones: branches, missing dates, empty metadata, uploads, edits. */
  readonly conversation: Conversation
  readonly shared: Conversation
  /** Listed in the library alone: its conversation was deleted. */
  readonly libraryOnly: PretendPicture
}

/** Puts pictures of every era into the world, as an account that has been used since 2023 has them. */
export function makeHistory(world: World): History {
  const libraryOnly = (conversationId: string) =>
    world.addPicture({ era: 'D', prompt: 'A boat whose conversation was deleted', conversationId })
  return { conversation: addBoats(world), shared: addSharedBoat(world), libraryOnly: libraryOnly(randomUUID()) }
}

/** The conversation through the years. */
function addBoats(world: World): Conversation {
  const conversation = world.addConversation('Boats through the years')
  const writer: Writer = {
    append: (parent, message) => world.append(conversation, parent, message),
    picture: (era, prompt, role) =>
      world.addPicture({ era, prompt, conversationId: conversation.id, ...(role && { role }) }),
  }
  const boat2023 = addBoat2023(writer, conversation.current)
  const boats2025 = addBoats2025(writer, boat2023)
  addEdit2026(writer, boats2025.last, boats2025.captioned)
  return conversation
}

/** Writes into one conversation. */
interface Writer {
  append(parent: string, message: Message): string
  picture(era: Era, prompt: string, role?: PretendPicture['role']): PretendPicture
}

/** A turn of an era; a date that is undefined is now, null is missing. */
function turnOf(era: Era) {
  const turnId = randomUUID()
  return (parentId: string, createdAtS?: number | null): MessageHead => ({
    era,
    parentId,
    turnId,
    ...(createdAtS !== undefined && { createdAtS }),
  })
}

/** Dates are missing on the image itself, and the picture was made twice, once on a side branch. */
function addBoat2023({ append, picture }: Writer, parent: string): string {
  const turn = turnOf('A')
  const prompt = 'A paper boat on a canal at dusk.'
  const asked = append(parent, userMessage(turn('', 1_698_615_600), 'Draw a paper boat'))
  const call = append(asked, callMessage(turn(asked, null), { prompt }))
  append(call, imageMessage(turn(call, null), [picture('A', 'A paper boat on a canal at dusk, again.')]))
  return append(call, imageMessage(turn(call, null), [picture('A', prompt)]))
}

/** Pointers without any metadata; one with the person's words as its only prompt, one with a caption. */
function addBoats2025({ append, picture }: Writer, parent: string) {
  const words = 'Настоящая лодка 🚤 на реке'
  const first = turnOf('C')
  const asked = append(parent, userMessage(first(parent, 1_745_500_000), words))
  const bare = append(asked, imageMessage(first(asked, 1_745_500_030), [picture('C', words)], { isBare: true }))
  const caption = 'A boat with a red sail, seen from the shore.'
  const captioned = picture('C', caption)
  const second = turnOf('C')
  const again = append(bare, userMessage(second(bare, 1_745_600_000), 'Another boat'))
  const last = append(again, imageMessage(second('', 1_745_600_030), [captioned], { isBare: true, caption }))
  return { last, captioned }
}

/** An upload of the person's own beside a generated picture, and the edit that was made of both. */
function addEdit2026({ append, picture }: Writer, parent: string, edited: PretendPicture) {
  const turn = turnOf('D')
  const words = 'Put this sail on the boat'
  const upload = picture('D', '', 'upload')
  const result = picture('D', words)
  const asked = append(parent, userMessage(turn(parent, 1_790_000_000), words, [upload, edited]))
  const call = append(asked, callMessage(turn(asked, 1_790_000_001), { skipped_mainline: true }))
  const shown = append(call, imageMessage(turn(call, 1_790_000_022), [result]))
  append(shown, textMessage(turn(shown), 'assistant', 'The sail is on the boat.'))
}

function addSharedBoat(world: World): Conversation {
  const shared = world.addConversation('A shared boat')
  const turn = turnOf('D')
  const prompt = 'A boat to share'
  const asked = world.append(shared, shared.current, userMessage(turn(''), prompt))
  const picture = world.addPicture({ era: 'D', prompt, conversationId: shared.id })
  world.append(shared, asked, imageMessage(turn(asked), [picture]))
  return shared
}

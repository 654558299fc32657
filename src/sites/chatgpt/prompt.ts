import type { PromptSource } from '../facts.ts'
import type { Note } from './note.ts'
import type { Notes } from './notes.ts'

/**
 * The prompt an image was made from, and where it was found.
 *
 * Shape   looked for in this order: the pointer's own `dalle.prompt`; the nearest tool call above the image; the
 *         caption beside it; what the person wrote in that turn, or in the request that it answers, which is the
 *         prompt itself if the call left the model out. Of several prompts of one call, that of the image's place. The
 *         nearest call ends the search for calls even when it has no prompt: an earlier one made another picture.
 * Source  docs/wire/messages.md
 */
export function findPrompt(
  dallePrompt: string | null,
  caption: string | null,
  image: Note,
  notes: Notes,
  promptByPlace: (call: Note) => string | null,
): { prompt: string | null; promptSource: PromptSource | null } {
  const above = notes.ancestors(image)
  const userAt = above.findIndex((note) => note.role === 'user' && !note.isHidden)
  const turn = image.turnId ? notes.ofTurn(image.turnId) : []
  const inTurn = userAt < 0 ? above : above.slice(0, userAt)
  const call = inTurn.find((note) => note.isCall) ?? (userAt < 0 ? turn.findLast((note) => note.isCall) : undefined)
  const askedId = [image, ...above].find((note) => note.askedId !== null)?.askedId
  const asked = askedId ? notes.get(askedId) : undefined
  const user = userAt < 0 ? (turn.find((note) => note.userText !== null) ?? asked) : above[userAt]
  const choices: [PromptSource, string | null | undefined][] = [
    ['dalle', dallePrompt],
    ['tool-call', call && (call.callPrompts.length > 0 ? promptByPlace(call) : call.callPrompt)],
    ['model-caption', caption],
    // Where the model wrote a prompt of its own, the person's words are only what it was made from.
    [call?.isSkipped ? 'user-message' : 'user-request', user?.userText],
  ]
  const found = choices.find(([, prompt]) => prompt)
  return { prompt: found?.[1] ?? null, promptSource: found?.[0] ?? null }
}

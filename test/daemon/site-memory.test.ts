import { expect, it } from 'vitest'
import { createSiteMemory, type SiteMemory } from '../../src/daemon/site-memory.ts'
import { treeOf } from '../../src/pretend-chatgpt/reads.ts'
import { type Conversation, createWorld } from '../../src/pretend-chatgpt/world.ts'
import { tellWithSameIds } from '../fakes/same-ids.ts'

/** The prompts that a conversation is read with. */
function promptsIn({ sites: [{ reader }] }: SiteMemory, conversation: Conversation) {
  const url = `https://chatgpt.com/backend-api/conversation/${conversation.id}`
  const want = reader.wants({ url, method: 'GET', status: 200, mimeType: 'application/json' })
  return want?.kind === 'text' ? want.read(JSON.stringify(treeOf(conversation))).facts.map(({ prompt }) => prompt) : []
}

it('what one account says is believed of no picture of another, which needs a memory for each', () => {
  const [work, home] = ['A crane', null].map((prompt) => tellWithSameIds(createWorld(), prompt).conversation)
  if (!work || !home) throw new Error('nothing was said')
  const [ofWork, ofHome] = [createSiteMemory(), createSiteMemory()]
  expect([promptsIn(ofWork, work), promptsIn(ofHome, home)]).toEqual([['A crane'], [null]])
  // Negative control: one memory for both mixes them.
  const shared = createSiteMemory()
  expect([promptsIn(shared, work), promptsIn(shared, home)]).toEqual([['A crane'], ['A crane']])
})

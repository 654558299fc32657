import { afterEach, describe, expect, it } from 'vitest'
import { forms } from '../../src/pretend-chatgpt/turns.ts'
import { createFollower } from '../fakes/follower.ts'
import { hashesOf, recordsOf, startVisit, truthOf, type Visit } from './support.ts'

let visit: Visit
afterEach(() => visit?.stop())

describe('every form of delivery', () => {
  it('leaves every picture of a whole tour in the archive, byte for byte, and nothing else; a follower hears of each', async () => {
    const { follower, news } = createFollower()
    visit = await startVisit({ startUrl: 'https://chat.openai.com/#tour', followers: [follower] })
    await visit.site.tourEnded
    const truth = truthOf(visit.site.world.pictures.values())
    await visit.archived(truth.length)
    await visit.calm()
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(truth)
    expect(recordsOf(visit.archivePath).size).toBe(truth.length)
    expect(news.filter((one) => one === 'added')).toHaveLength(truth.length)
    expect(news.at(-1)).toBe('closed while the archive is locked')
  })

  it('records prompt, seed, gen_id and size of each as the site has them', async () => {
    visit = await startVisit({ startUrl: 'https://chat.openai.com/#tour' })
    await visit.site.tourEnded
    const due = [...visit.site.world.pictures.values()].filter((picture) => picture.role === 'generated')
    await visit.archived(due.length)
    await visit.calm()
    await visit.stop()
    const records = [...recordsOf(visit.archivePath).values()]
    for (const picture of due) {
      const record = records.find((one) => one.sha256 === picture.sha256)
      expect(record).toMatchObject({
        prompt: picture.prompt,
        bytes: picture.bytes.length,
        width: picture.size.widthPx,
        height: picture.size.heightPx,
        fileId: picture.fileId.slice(5),
        mime: picture.mime,
      })
      if (record?.gen_id !== null) expect(record?.gen_id).toBe(picture.genId)
      if (record?.seed !== null) expect(record?.seed).toBe(picture.seed)
    }
    expect(records.filter((record) => record.seed !== null).length).toBeGreaterThan(3)
  })

  it.each(forms)('reads the turn "%s" when a person sends it', async (form) => {
    visit = await startVisit({ startUrl: form.endsWith('2023') ? 'https://chat.openai.com/' : 'https://chatgpt.com/' })
    const page = await visit.page()
    await page.select('#how', form)
    await page.type('#prompt', `A boat by way of ${form}`)
    await page.click('button')
    await page.waitForFunction(() => document.getElementById('state')?.textContent === 'idle', { timeout: 20_000 })
    const made = () => [...visit.site.world.pictures.values()].filter((one) => one.prompt?.includes('by way of'))
    const due = truthOf(made())
    if (due.length > 0) await visit.archived(due.length)
    await visit.calm()
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(due)
    for (const record of recordsOf(visit.archivePath).values()) {
      expect(record.prompt).toBe(`A boat by way of ${form}`)
      expect(record.image).toContain(`A-boat-by-way-of-${form}`)
      expect([null, `About A boat by way of ${form}`.slice(0, 36)]).toContain(record.conversationTitle)
    }
    const expectsNone = form === 'refusal' || form === 'quota'
    expect(due.length > 0).toBe(!expectsNone)
  })

  it.each(['tree', 'flat', 'batch'] as const)('reads a stored conversation in its %s form', async (form) => {
    visit = await startVisit()
    const page = await visit.page()
    const { conversation } = visit.site.history
    await page.evaluate((id, how) => window.pretend.openConversation(id, how), conversation.id, form)
    const all = [...visit.site.world.pictures.values()].filter((one) => one.conversationId === conversation.id)
    // The flat form shows the chosen path alone, so a picture made again on another branch is not in it.
    const due = truthOf(form === 'flat' ? all.filter((one) => !one.prompt?.includes('again')) : all)
    await visit.archived(due.length)
    await visit.calm()
    await visit.stop()
    expect(hashesOf(visit.archivePath)).toEqual(due)
  })
})

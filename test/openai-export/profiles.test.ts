import { describe, expect, it } from 'vitest'
import type { Entry } from './cases/pack.ts'
import { importPacks, newPlace, type Place } from './cases/run.ts'
import { createStory, dallePart, service } from './cases/story.ts'

/** An export of one account: a picture that is there, and one that is named only. */
function anExport() {
  const s = createStory('whose is it')
  const [chat, picture, gens] = [s.chat(), s.webp(), [s.genId(), s.genId()]]
  const [there, named] = [s.legacyId(), s.legacyId()]
  chat.say({ role: 'tool', parts: [dallePart(service(there), picture, { genId: gens[0] ?? '' })] })
  const late = s.webp()
  chat.say({ role: 'tool', parts: [dallePart(service(named), late, { genId: gens[1] ?? '' })] })
  const texts = [s.conversations(chat)]
  return { s, texts, there, named, files: [s.file(`${there}-x.webp`, picture)], late: s.file(`${named}-y.webp`, late) }
}

const importAs = async (place: Place, name: string, entries: readonly Entry[], profile?: string) => {
  const { records } = await importPacks(place, [{ name, form: 'zip', entries }], { ...(profile && { profile }) })
  return Object.fromEntries(records.map(({ record }) => [`file-${record.fileId}`, record.profiles]))
}

describe('whose account an export is of', () => {
  it('is said by the person, and stands in the records of its pictures; else nothing does', async () => {
    const { texts, files, there } = anExport()
    expect(await importAs(newPlace(), 'a.zip', [...texts, ...files], 'work')).toEqual({ [there]: ['work'] })
    const place = newPlace()
    expect(await importAs(place, 'a.zip', [...texts, ...files])).toEqual({ [there]: undefined })
    // Said later, it is learned; and of two accounts that have it, both.
    expect(await importAs(place, 'a.zip', [...texts, ...files], 'work')).toEqual({ [there]: ['work'] })
    expect(await importAs(place, 'b.zip', [...texts, ...files], 'home')).toEqual({ [there]: ['work', 'home'] })
    expect(await importAs(place, 'a.zip', [...texts, ...files])).toEqual({ [there]: ['work', 'home'] })
  })

  it('holds for what it names and for what it holds, also when the two come apart', async () => {
    const { s, texts, files, late, there, named } = anExport()
    const place = newPlace()
    await importAs(place, 'texts.zip', [...texts, ...files], 'work')
    // The picture that was only named, in an export of another account that says nothing of it.
    const found = await importAs(place, 'file.zip', [s.conversations(s.chat()), late], 'home')
    expect(found).toEqual({ [there]: ['work'], [named]: ['work', 'home'] })
  })

  it('is not said of files that an earlier import has left', async () => {
    const { s, texts, files, late, named } = anExport()
    const place = newPlace()
    const names = s.json('conversation_asset_file_names.json', {})
    await importAs(place, 'file.zip', [s.conversations(s.chat()), names, late])
    await importAs(place, 'other.zip', [s.conversations(s.chat('Nothing'))], 'home')
    const found = await importAs(place, 'texts.zip', [...texts, ...files], 'work')
    expect(found[named]).toEqual(['work'])
  })
})

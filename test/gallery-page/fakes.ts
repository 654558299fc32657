import type { Picture, PictureDetails, PictureList } from '../../src/gallery-page/api.ts'
import { type Shown, show } from '../../src/gallery-page/shown.ts'
import { noFilters } from '../../src/gallery-page/state.ts'

/** A list of pictures with these ids, newest first, each of another size. */
export function listOf(ids: readonly string[], isWhole = true): PictureList {
  const each = <Value>(value: (at: number) => Value) => ids.map((_, at) => value(at))
  return {
    revision: 1,
    isWhole,
    total: ids.length,
    profiles: [],
    pictures: {
      id: ids,
      date: each((at) => 1_700_000_000 - at * 60),
      width: each((at) => 100 + at),
      height: each((at) => 200 + at),
      flags: each(() => 0),
      marks: each(() => 0),
      stack: each(() => 0),
    },
  }
}

/** Pictures named by letters as the grid shows them; with `hits`, those of these letters alone. */
export function shownOf(letters: string, hits?: string): Shown {
  const positions = hits === undefined ? null : Uint32Array.from([...hits], (hit) => letters.indexOf(hit))
  return show(listOf([...letters]), noFilters, positions)
}

/** All that is known of a picture, which is little. */
export function detailsOf(known: Partial<Picture>): PictureDetails {
  const picture: Picture = {
    site: 'chatgpt',
    profiles: [],
    id: 'a',
    gen_id: null,
    prompt: null,
    promptSource: null,
    seed: null,
    date: 0,
    dateSource: null,
    fileId: 'a',
    width: null,
    height: null,
    conversationId: null,
    conversationTitle: null,
    messageId: null,
    parent_gen_id: null,
    edit_op: null,
    source: { origin: 'live', channel: null, host: null, archive: null, entry: null, match: null },
    sha256: null,
    bytes: null,
    mime: null,
    image: null,
    archivedAt: null,
    updatedAt: null,
    by: 'gpt-image',
    imageUrl: '',
    thumbUrl: '',
    path: null,
    conversationUrl: null,
    isMissing: false,
    isAway: false,
    ...known,
  }
  return {
    picture,
    marks: { favourite: false, stars: 0, flag: '', tags: [], note: '' },
    related: { conversation: [], lineage: [] },
  }
}

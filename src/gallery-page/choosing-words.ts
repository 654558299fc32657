import { countOf, pictureCount } from './words.ts'
import type { Changes } from './work.ts'

/** What a change does, for those who hear the page: "3 stars", "Rejected", "Tagged poster, 12 pictures". */
export function changeWords(changes: Changes, count: number): string {
  const said = partsOf(changes).join(', ')
  return count === 1 ? said : `${said}, ${pictureCount(count)}`
}

/** That a change was taken back. */
export const undoneWords = (count: number): string => `Undone, ${pictureCount(count)}`

function partsOf({ stars, flag, favourite, addTags = [], removeTags = [] }: Changes): string[] {
  return [
    ...(stars === undefined ? [] : [stars === 0 ? 'No stars' : countOf(stars, 'star')]),
    ...(flag === undefined
      ? []
      : [{ picked: 'Picked', rejected: 'Rejected', '': 'Neither picked nor rejected' }[flag]]),
    ...(favourite === undefined ? [] : [favourite ? 'Favourite' : 'No favourite']),
    ...(addTags.length === 0 ? [] : [`Tagged ${addTags.join(', ')}`]),
    ...(removeTags.length === 0 ? [] : [`No longer tagged ${removeTags.join(', ')}`]),
  ]
}

/** How a picture was judged: stars, picked or rejected, favourite. */
export interface Rating {
  /** 0 is none. */
  readonly stars: number
  readonly flag: '' | 'picked' | 'rejected'
  readonly favourite: boolean
}

/** What a key or a button says of a picture. */
export type Choice = Partial<Rating>

/** Nothing was said of a picture. */
export const unrated: Rating = { stars: 0, flag: '', favourite: false }

/** Bits of `marks` in the list: stars below, then these. */
const [picked, rejected] = [8, 16]

/** The rating that a number of the list's column `marks` stands for. */
export const ratingIn = (marks: number, favourite: boolean): Rating => ({
  stars: Math.min(5, marks & 7),
  flag: marks & rejected ? 'rejected' : marks & picked ? 'picked' : '',
  favourite,
})

/**
 * What a key says of a picture; undefined when it says nothing.
 *
 * Shape   1 to 5 give stars, 0 takes them; p and x pick and reject, and take that back when it was so; f,
 *         where it is heard here, does the same for a favourite.
 */
export function choiceOfKey(key: string, rating: Rating, hearsFavourite = false): Choice | undefined {
  if (/^[0-5]$/.test(key)) return { stars: Number(key) }
  switch (key.toLowerCase()) {
    case 'p':
      return { flag: rating.flag === 'picked' ? '' : 'picked' }
    case 'x':
      return { flag: rating.flag === 'rejected' ? '' : 'rejected' }
    case 'f':
      return hearsFavourite ? { favourite: !rating.favourite } : undefined
    default:
      return undefined
  }
}

/** A rating in words, for those who hear the page and for hints. */
export function ratingWords({ stars, flag, favourite }: Rating): string {
  const said = [favourite && 'favourite', stars > 0 && `${stars} star${stars === 1 ? '' : 's'}`, flag]
  return said.filter(Boolean).join(', ')
}

import { flag, type PictureDetails, type Source } from './api.ts'
import type { Shown } from './shown.ts'
import { isVeiledAt, isVeiling } from './veil.ts'

/** What the stage needs to show a picture; a size of 0 is unknown. */
export interface Slide {
  readonly src: string
  readonly thumb: string
  readonly width: number
  readonly height: number
  readonly isMissing: boolean
  readonly alt: string
  /** Blurred until somebody points at it. */
  readonly isVeiled: boolean
}

/** Where a slide is taken from: the list, or the details of the picture when it is not in the list. */
export interface SlideSources {
  readonly source: Pick<Source, 'imageUrl' | 'thumbUrl'>
  readonly shown: Shown
  readonly details: PictureDetails | null
}

/** The slide of a picture. */
export function slideOf(id: string, { source, shown, details }: SlideSources): Slide {
  const own = details?.picture.id === id ? details.picture : null
  const index = shown.indexOf(id)
  const position = shown.positionAt(index)
  const { width, height } = shown.list.pictures
  return {
    src: source.imageUrl(id),
    thumb: source.thumbUrl(id, 480),
    width: own?.width ?? width[position] ?? 0,
    height: own?.height ?? height[position] ?? 0,
    isMissing: own?.isMissing ?? (index >= 0 && (shown.flagsAt(index) & flag.isMissing) !== 0),
    alt: own?.prompt ?? '',
    isVeiled: index >= 0 ? isVeiledAt(shown.list, position) : own !== null && isVeiling(details?.marks.tags ?? []),
  }
}

import { useState } from 'preact/hooks'
import { flag } from './api.ts'
import { Icon } from './icons.tsx'
import { beginning, shortDate } from './words.ts'

interface Props {
  readonly id: string
  readonly index: number
  readonly date: number
  readonly flags: number
  readonly leftPx: number
  readonly widthPx: number
  readonly heightPx: number
  readonly address: string
  readonly thumbUrl: string
  readonly prompt: string | undefined
  readonly isActive: boolean
  readonly isFresh: boolean
  /** Undefined outside the mode of choosing. */
  readonly isChosen: boolean | undefined
  readonly isRushing: boolean
}

type Look = 'waiting' | 'loaded' | 'failed'

/** One picture of the grid. Its prompt is its name for those who hear the page, and a caption for those who point. */
export function Tile(props: Props) {
  const { id, index, leftPx, widthPx, heightPx, prompt, flags, isChosen } = props
  const [look, setLook] = useState<Look>('waiting')
  const date = shortDate(props.date)
  const isFavourite = (flags & flag.favourite) !== 0
  const isMissing = (flags & flag.isMissing) !== 0
  const name = `${prompt ? beginning(prompt, 160) : 'Picture'}, ${date}`
  const isAway = (flags & flag.isAway) !== 0
  const place = isMissing ? ', image is missing' : isAway ? ', in the mirror' : ''
  const notes = `${isFavourite ? ', favourite' : ''}${place}`
  const states = [look, props.isFresh && 'fresh', isChosen && 'chosen'].filter(Boolean).join(' ')
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the link in it takes the focus.
    // biome-ignore lint/a11y/useSemanticElements: a table cannot be justified rows.
    <div
      role="gridcell"
      class={`tile ${states}`}
      style={{ left: `${leftPx}px`, width: `${widthPx}px`, height: `${heightPx}px` }}
      aria-selected={isChosen}
    >
      <a
        href={props.address}
        data-index={index}
        data-id={id}
        tabIndex={props.isActive ? 0 : -1}
        aria-label={name + notes}
        draggable={false}
      >
        {isMissing || look === 'failed' ? (
          <span class="no-image">
            <Icon name="picture" />
            {isMissing ? 'No image here' : 'Image cannot be shown'}
          </span>
        ) : (
          <img
            src={props.isRushing && look === 'waiting' ? undefined : props.thumbUrl}
            alt=""
            decoding="async"
            draggable={false}
            onLoad={() => setLook('loaded')}
            onError={() => setLook('failed')}
          />
        )}
        {prompt && <span class="caption">{beginning(prompt, 140)}</span>}
        {isFavourite && (
          <span class="mark">
            <Icon name="heart" isFilled />
          </span>
        )}
        {isChosen !== undefined && <span class="tick">{isChosen && <Icon name="check" />}</span>}
      </a>
    </div>
  )
}

import type { Picture, Small, Source } from './api.ts'
import { around, comparePrompt, wordsIn } from './comparison.ts'
import { Marked } from './marked.tsx'
import { RowOfPictures } from './row-of-pictures.tsx'
import { Thumb } from './thumb.tsx'
import { shortDate } from './words.ts'

interface Props {
  readonly title: string
  readonly source: Source
  readonly picture: Picture
  readonly others: readonly Small[]
  turnTo(id: string): void
}

const most = 60

/** Pictures that belong together, with their prompts side by side; words the others do not share are marked. */
export function Related({ title, source, picture, others, turnTo }: Props) {
  if (others.length === 0) return null
  const all = [...others, picture].sort((one, other) => one.date - other.date)
  const ownWords = wordsIn(picture.prompt ?? '')
  return (
    <RowOfPictures title={title} count={all.length}>
      {around(all, all.indexOf(picture), most).map((one) => {
        const isOwn = one.id === picture.id
        return (
          <li key={one.id}>
            <button
              type="button"
              aria-current={isOwn ? 'true' : undefined}
              aria-label={isOwn ? 'This picture' : `Show the picture of ${shortDate(one.date)}`}
              onClick={() => turnTo(one.id)}
            >
              <Thumb source={source} id={one.id} isMissing={one.isMissing} />
            </button>
            <p dir="auto">{isOwn ? one.prompt : <Marked parts={comparePrompt(one.prompt ?? '', ownWords)} />}</p>
          </li>
        )
      })}
    </RowOfPictures>
  )
}

import type { Source } from './api.ts'
import { Thumb } from './thumb.tsx'

interface Props {
  readonly source: Pick<Source, 'thumbUrl'>
  readonly ids: readonly string[]
  open(id: string): void
}

/** Small pictures side by side; each leads to the picture itself. */
export function Thumbs({ source, ids, open }: Props) {
  return (
    <ul class="thumbs">
      {ids.map((id, at) => (
        <li key={id}>
          <button type="button" aria-label={`Show picture ${at + 1}`} onClick={() => open(id)}>
            <Thumb source={source} id={id} />
          </button>
        </li>
      ))}
    </ul>
  )
}

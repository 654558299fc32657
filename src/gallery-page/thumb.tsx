import { useContext } from 'preact/hooks'
import type { Source } from './api.ts'
import { Icon } from './icons.tsx'
import { Veiled } from './veil.ts'

interface Props {
  readonly source: Pick<Source, 'thumbUrl'>
  readonly id: string
  readonly isMissing?: boolean
}

/** A small picture inside something that says its name; blurred where that is wanted. */
export function Thumb({ source, id, isMissing = false }: Props) {
  const veil = useContext(Veiled).has(id) ? 'veiled' : undefined
  if (!isMissing) return <img class={veil} src={source.thumbUrl(id, 240)} alt="" loading="lazy" decoding="async" />
  return (
    <span class="no-image">
      <Icon name="picture" />
    </span>
  )
}

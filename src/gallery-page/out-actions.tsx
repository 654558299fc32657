import { useState } from 'preact/hooks'
import { type Picture, RequestError, type Source } from './api.ts'
import { Icon, type IconName } from './icons.tsx'
import { copyImage, dragOut } from './out.ts'

interface Props {
  readonly picture: Picture
  readonly source: Source
}

/** Ways of a picture out of the gallery: as a file, as an image, and to where it lies. */
export function OutActions({ picture, source }: Props) {
  const { work } = source
  return (
    <>
      <a
        class="action"
        href={source.downloadUrl(picture.id)}
        download
        title="Click, or drag it to where the file shall be"
        onDragStart={(event) => dragOut(event, source, picture)}
      >
        <Icon name="download" /> Download
      </a>
      {'ClipboardItem' in window && (
        <Tried icon="copy" done="Copied" action={() => copyImage(source.imageUrl(picture.id))}>
          Copy image
        </Tried>
      )}
      {work && (
        <Tried icon="folder" done="Shown" action={() => work.reveal(picture.id)}>
          Show in folder
        </Tried>
      )}
    </>
  )
}

interface TriedProps {
  readonly icon: IconName
  readonly done: string
  action(): Promise<unknown>
  readonly children: string
}

/** A button that says for a moment how it went. */
function Tried({ icon, done, action, children }: TriedProps) {
  const [said, say] = useState('')
  const press = async () => {
    say(
      await action().then(
        () => done,
        // What the browser says is meant for whoever wrote the page.
        (reason) => (reason instanceof RequestError ? reason.message : 'That did not work'),
      ),
    )
    setTimeout(() => say(''), 3000)
  }
  return (
    <button type="button" class="action" onClick={press}>
      <Icon name={said === done ? 'check' : icon} />
      <span aria-live="polite">{said || children}</span>
    </button>
  )
}

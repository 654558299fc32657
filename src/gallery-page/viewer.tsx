import { useEffect, useRef, useState } from 'preact/hooks'
import { flag, type Source } from './api.ts'
import { ConfirmDelete } from './confirm.tsx'
import { Icon, type IconName } from './icons.tsx'
import { Panel } from './panel.tsx'
import { openStage, type Stage } from './stage.ts'
import { here } from './state.ts'
import { useDetails } from './use-details.ts'
import type { Shown } from './use-gallery.ts'
import { viewerKeys } from './viewer-keys.ts'
import { momentName } from './words.ts'

interface Props {
  readonly source: Source
  readonly shown: Shown
  readonly id: string
  turnTo(id: string): void
  close(): void
  /** Marks or image changed, so the list is old. */
  changed(): void
  /** Leaves the picture for all that bear a tag. */
  findTag(tag: string): void
}

/** One picture, large, over the gallery: a modal dialog with the stage at its left and the words at its right. */
export function Viewer({ source, shown, id, turnTo, close, changed, findTag }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const stageBox = useRef<HTMLDivElement>(null)
  const stage = useRef<Stage | null>(null)
  const [isPanelOpen, setPanelOpen] = useState(() => innerWidth >= 900)
  // The order is that of the moment of opening: pictures that arrive do not move the one looked at.
  const ids = useRef<readonly string[]>([])
  const isWhole = useRef(false)
  if (!ids.current.includes(id) || (shown.list.isWhole && !isWhole.current)) {
    ids.current = shown.indexOf(id) < 0 ? [id] : allIds(shown)
    isWhole.current = shown.list.isWhole
  }
  const index = ids.current.indexOf(id)
  const { details, error, mark, deleteImage } = useDetails(source, id, shown.list.revision, changed)
  const [isAsking, setAsking] = useState(false)

  const props = useRef({ source, shown, details, turnTo, close })
  props.current = { source, shown, details, turnTo, close }

  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    document.documentElement.classList.add('viewing')
    return () => {
      document.documentElement.classList.remove('viewing')
      element?.close()
    }
  }, [])

  const order = ids.current
  // The stage is made anew for another order only.
  useEffect(() => {
    if (!stageBox.current) return
    let isGone = false
    const slide = (wanted: string) => slideOf(wanted, props.current)
    const opened = openStage({
      element: stageBox.current,
      ids: order,
      index: Math.max(0, index),
      slide,
      changed: (next) => next && props.current.turnTo(next),
      closed: () => !isGone && props.current.close(),
    })
    stage.current = opened
    return () => {
      isGone = true
      stage.current = null
      opened.destroy()
    }
  }, [order])

  // Who turns quickly is further on than what is drawn, and must not be turned back.
  useEffect(() => {
    if (here().picture === id) stage.current?.turnTo(index)
  }, [index])
  const isMissing = details?.picture.isMissing
  // A picture outside the list has no size until its details are there; a deleted image has none any more.
  // These are the reasons to look again.
  useEffect(() => {
    if (details && (isMissing || order.length === 1)) stage.current?.reload()
  }, [isMissing, details?.picture.id])
  useEffect(() => {
    if (details?.picture.prompt) stage.current?.describe(details.picture.prompt)
  }, [details?.picture.id, order])
  // The panel takes room from the stage.
  useEffect(() => stage.current?.resize(), [isPanelOpen])

  const keyDown = viewerKeys({
    stage,
    togglePanel: () => setPanelOpen(!isPanelOpen),
    toggleFavourite: () => details && source.canChange && mark({ favourite: !details.marks.favourite }),
  })
  const latestKeyDown = useRef(keyDown)
  latestKeyDown.current = keyDown
  // Not on the dialog: a button that goes away takes the focus with it, out of the dialog.
  useEffect(() => {
    const listen = (event: KeyboardEvent) => latestKeyDown.current(event)
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [])
  useEffect(() => {
    if (document.activeElement === document.body) dialog.current?.focus()
  })
  const isFavourite = details?.marks.favourite ?? false
  return (
    <dialog
      ref={dialog}
      class={`viewer${isPanelOpen ? ' with-panel' : ''}`}
      aria-label={details ? `Picture of ${momentName(details.picture.date)}` : 'Picture'}
      onCancel={(event) => {
        if (event.target !== dialog.current) return
        event.preventDefault()
        stage.current?.close()
      }}
      onClose={(event) => event.target === dialog.current && close()}
      tabIndex={-1}
      autofocus
    >
      <div class="stage">
        <div class="stage-box" ref={stageBox} />
        <div class="stage-top">
          <p class="position" aria-live="polite">
            {order.length > 1 ? `${(index + 1).toLocaleString()} of ${order.length.toLocaleString()}` : ''}
          </p>
          {source.canChange && (
            <StageButton
              label="Favourite"
              shortcut="f"
              icon="heart"
              isPressed={isFavourite}
              isOff={!details}
              onClick={() => mark({ favourite: !isFavourite })}
            />
          )}
          <StageButton label="Zoom" shortcut="z" icon="zoom" onClick={() => stage.current?.zoom()} />
          <StageButton
            label="Details"
            shortcut="i"
            icon="info"
            isExpanded={isPanelOpen}
            onClick={() => setPanelOpen(!isPanelOpen)}
          />
          <StageButton label="Close" shortcut="Esc" icon="close" onClick={() => stage.current?.close()} />
        </div>
        {error && (
          <p class="stage-error" role="alert">
            {error}
          </p>
        )}
        <Turn by={-1} isOff={index <= 0} stage={stage} />
        <Turn by={1} isOff={index >= order.length - 1} stage={stage} />
      </div>
      {isPanelOpen && (
        <Panel
          source={source}
          details={details}
          isWaiting={error === null}
          mark={mark}
          askDelete={() => setAsking(true)}
          turnTo={turnTo}
          findTag={findTag}
        />
      )}
      {isAsking && <ConfirmDelete close={() => setAsking(false)} confirm={deleteImage} />}
    </dialog>
  )
}

const allIds = (shown: Shown) => Array.from({ length: shown.count }, (_, i) => shown.idAt(i))

interface StageButtonProps {
  readonly label: string
  /** The key that does the same. */
  readonly shortcut: string
  readonly icon: IconName
  readonly isPressed?: boolean
  readonly isExpanded?: boolean
  readonly isOff?: boolean
  onClick(): void
}

/** One of the buttons over the picture. */
function StageButton({ label, shortcut, icon, isPressed, isExpanded, isOff = false, onClick }: StageButtonProps) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      aria-pressed={isPressed}
      aria-expanded={isExpanded}
      title={`${label} (${shortcut})`}
      disabled={isOff}
      onClick={onClick}
    >
      <Icon name={icon} isFilled={isPressed ?? false} />
    </button>
  )
}

function Turn({ by, isOff, stage }: { by: -1 | 1; isOff: boolean; stage: { readonly current: Stage | null } }) {
  return (
    <button
      type="button"
      class={`icon-button turn ${by < 0 ? 'previous' : 'next'}`}
      aria-label={by < 0 ? 'Previous picture' : 'Next picture'}
      disabled={isOff}
      onClick={() => stage.current?.go(by)}
    >
      <Icon name={by < 0 ? 'previous' : 'next'} />
    </button>
  )
}

/** What the stage needs to show a picture: from the list, or from its details when it is not in the list. */
function slideOf(
  id: string,
  { source, shown, details }: Pick<Props, 'source' | 'shown'> & Pick<ReturnType<typeof useDetails>, 'details'>,
) {
  const own = details?.picture.id === id ? details.picture : null
  const index = shown.indexOf(id)
  const position = shown.positions?.[index] ?? index
  const { width, height } = shown.list.pictures
  return {
    src: source.imageUrl(id),
    thumb: source.thumbUrl(id, 480),
    width: own?.width ?? width[position] ?? 0,
    height: own?.height ?? height[position] ?? 0,
    isMissing: own?.isMissing ?? (index >= 0 && (shown.flagsAt(index) & flag.isMissing) !== 0),
    alt: own?.prompt ?? '',
  }
}

import { useRef, useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { ConfirmDelete } from './confirm.tsx'
import { noOrder, orderFor } from './order.ts'
import { Panel } from './panel.tsx'
import type { Shown } from './shown.ts'
import { StageBar, StepButton } from './stage-bar.tsx'
import { useDetails } from './use-details.ts'
import { useFocusInside, useModal } from './use-modal.ts'
import { useStage } from './use-stage.ts'
import { useViewerKeys } from './use-viewer-keys.ts'
import type { ViewerAction } from './viewer-keys.ts'
import { momentName, positionName } from './words.ts'

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
  const box = useRef<HTMLDivElement>(null)
  const [isPanelOpen, setPanelOpen] = useState(() => innerWidth >= 900)
  const [isAsking, setAsking] = useState(false)
  const known = useRef(noOrder)
  known.current = orderFor(known.current, shown, id)
  const order = known.current.ids
  const index = order.indexOf(id)
  const { details, error, mark, deleteImage } = useDetails(source, id, shown.list.revision, changed)

  useModal(dialog)
  const stage = useStage({ box, order, id, source, shown, details, isPanelOpen, turnTo, close })
  const togglePanel = () => setPanelOpen(!isPanelOpen)
  const toggleFavourite = () => details && source.canChange && mark({ favourite: !details.marks.favourite })
  useViewerKeys(stage, (action) => {
    const actions: Record<ViewerAction, () => unknown> = {
      previous: () => stage.current?.go(-1),
      next: () => stage.current?.go(1),
      'toggle-panel': togglePanel,
      'toggle-favourite': toggleFavourite,
    }
    actions[action]()
  })
  useFocusInside(dialog)
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
        <div class="stage-box" ref={box} />
        <StageBar
          stage={stage}
          position={positionName(index, order.length)}
          isFavourite={source.canChange ? (details?.marks.favourite ?? null) : undefined}
          isPanelOpen={isPanelOpen}
          toggleFavourite={toggleFavourite}
          togglePanel={togglePanel}
        />
        {error && (
          <p class="stage-error" role="alert">
            {error}
          </p>
        )}
        <StepButton by={-1} isOff={index <= 0} stage={stage} />
        <StepButton by={1} isOff={index >= order.length - 1} stage={stage} />
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

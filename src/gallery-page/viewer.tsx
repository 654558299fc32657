import { useRef, useState } from 'preact/hooks'
import type { Source } from './api.ts'
import { ConfirmDelete } from './confirm.tsx'
import { noOrder, orderFor } from './order.ts'
import { Panel } from './panel.tsx'
import { unrated } from './rating.ts'
import { type Advance, RatingBar } from './rating-bar.tsx'
import { Said } from './said.tsx'
import { ScreenButtons, SlideshowBar } from './screen-bar.tsx'
import type { Shown } from './shown.ts'
import { StageBar, StepButton } from './stage-bar.tsx'
import { useChoiceKeys } from './use-choice-keys.ts'
import type { Choosing } from './use-choosing.ts'
import { useDetails } from './use-details.ts'
import { useFocusInside, useModal } from './use-modal.ts'
import { here } from './use-navigation.ts'
import { useScreen } from './use-screen.ts'
import { useStage } from './use-stage.ts'
import { useViewerKeys } from './use-viewer-keys.ts'
import type { ViewerAction } from './viewer-keys.ts'
import { momentName, positionName } from './words.ts'

interface Props {
  readonly source: Source
  readonly shown: Shown
  readonly id: string
  readonly choosing: Choosing | null
  readonly advance: Advance
  turnTo(id: string): void
  close(): void
  /** Marks or image changed, so the list is old. */
  changed(): void
  /** Leaves the picture for all that bear a tag. */
  findTag(tag: string): void
  /** Puts a picture into a collection. */
  collect(id: string): void
}

/** One picture, large, over the gallery: a modal dialog with the stage at its left and the words at its right. */
export function Viewer(props: Props) {
  const { source, shown, id, choosing, turnTo, close, changed, findTag } = props
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
  const screen = useScreen({ stage, index, count: order.length, setPanelOpen })
  const togglePanel = () => setPanelOpen(!isPanelOpen)
  const ratingOf = (wanted: string) => {
    const at = shown.indexOf(wanted)
    const marks = details?.picture.id === wanted ? details.marks : unrated
    const known = at >= 0 ? shown.ratingAt(at) : marks
    return choosing?.rating(wanted, { stars: known.stars, flag: known.flag, favourite: known.favourite }) ?? unrated
  }
  const toggleFavourite = () => details && void choosing?.change([id], { favourite: !ratingOf(id).favourite })
  useViewerKeys(stage, (action) => {
    const actions: Record<ViewerAction, () => unknown> = {
      previous: () => stage.current?.go(-1),
      next: () => stage.current?.go(1),
      'toggle-panel': togglePanel,
      'toggle-favourite': toggleFavourite,
      ...screen.actions,
    }
    actions[action]()
  })
  useChoiceKeys(dialog, {
    choosing,
    target: () => {
      // Who is quick is further on than what is drawn.
      const now = here().picture ?? id
      return { ids: [now], rating: ratingOf(now) }
    },
    advance: () => props.advance.isOn && stage.current?.go(1),
    undone: ([first = id]) => turnTo(first),
  })
  useFocusInside(dialog)
  return (
    <dialog
      ref={dialog}
      class={`viewer${isPanelOpen ? ' with-panel' : ''}${screen.fullScreen.isIdle ? ' idle' : ''}`}
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
          isFavourite={choosing ? details && ratingOf(id).favourite : undefined}
          isPanelOpen={isPanelOpen}
          toggleFavourite={toggleFavourite}
          togglePanel={togglePanel}
        >
          <ScreenButtons screen={screen} canTurn={order.length > 1} />
        </StageBar>
        <SlideshowBar slideshow={screen.slideshow} />
        {choosing && (
          <RatingBar
            rating={ratingOf(id)}
            choose={(choice) => void choosing.change([id], choice)}
            advance={props.advance}
          />
        )}
        <Said choosing={choosing} />
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
          revision={shown.list.revision}
          isWaiting={error === null}
          mark={mark}
          askDelete={() => setAsking(true)}
          collect={() => props.collect(id)}
          turnTo={turnTo}
          findTag={findTag}
        />
      )}
      {isAsking && <ConfirmDelete close={() => setAsking(false)} confirm={deleteImage} />}
    </dialog>
  )
}

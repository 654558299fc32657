import { useEffect, useRef, useState } from 'preact/hooks'
import { connectionHints, type Source } from './api.ts'
import { ChoosingPills } from './choosing-pills.tsx'
import { Desk } from './desk.tsx'
import { Grid } from './grid.tsx'
import { Corrected, Empty, Problem, Skeleton } from './notices.tsx'
import { Said } from './said.tsx'
import { SearchBar } from './search-bar.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { Sheets } from './sheets.tsx'
import type { View } from './state.ts'
import { useChoosing } from './use-choosing.ts'
import { useDesk } from './use-desk.ts'
import { useFacets } from './use-facets.ts'
import { type Gallery, useGallery } from './use-gallery.ts'
import { useNavigation } from './use-navigation.ts'
import { useRemembered } from './use-remembered.ts'
import { useSelection } from './use-selection.ts'
import { useShortcuts } from './use-shortcuts.ts'
import { useStacks } from './use-stacks.ts'
import { VariantsBar } from './variants-bar.tsx'
import { useVeiled, Veiled } from './veil.ts'
import { Viewer } from './viewer.tsx'
import { type SheetName, ViewsMenu } from './views-menu.tsx'

const noProfiles: readonly string[] = []

/** The whole page: the search bar, the pictures, and the one looked at over them. */
export function App({ source }: { source: Source }) {
  const navigation = useNavigation()
  const { view } = navigation
  const gallery = useGallery(source, view.filters)
  const stacks = useStacks(gallery.shown, view.variants)
  const { shown } = stacks
  const selection = useSelection(shown)
  const choosing = useChoosing(source.work, shown?.list)
  const [isAdvancing, setAdvancing] = useRemembered('advance', true)
  const advance = { isOn: isAdvancing, toggle: () => setAdvancing(!isAdvancing) }
  const areVariants = view.variants !== undefined
  const desk = useDesk({ shown, selection, choosing, areVariants, advance })
  const searchRef = useRef<HTMLInputElement>(null)
  const [focus, setFocus] = useFocusRequest(view)
  const [topPx, setTopPx] = useState(112)
  const [sheet, setSheet] = useState<SheetName | null>(null)
  const facets = useFacets(source.finding, gallery.shown)
  const veiled = useVeiled(shown?.list)
  useShortcuts(searchRef, selection)
  return (
    <Veiled.Provider value={veiled}>
      <h1 class="sr-only">Pictures</h1>
      <SearchBar
        navigation={navigation}
        searchRef={searchRef}
        profiles={shown?.list.profiles ?? noProfiles}
        finding={source.finding}
        facets={facets}
        views={<ViewsMenu canCount={source.finding !== null} open={setSheet} />}
        count={gallery.shown?.list.isWhole ? gallery.shown.count : null}
        canSelect={source.canChange}
        isSelecting={selection.isOn}
        onSelect={selection.isOn ? selection.stop : selection.start}
        onCollections={source.work && (() => desk.start({ kind: 'collections' }))}
        pills={
          <ChoosingPills
            filters={view.filters}
            shown={shown}
            stacks={stacks}
            change={navigation.filter}
            start={source.work ? desk.start : undefined}
          />
        }
        onHistory={source.coverage && (() => setSheet('history'))}
        onHeight={setTopPx}
        onLeave={() => setFocus({ id: null })}
      />
      <main style={{ '--top': `${topPx}px` }}>
        {/* A notice goes when it was followed, and with it what had the keyboard. */}
        <Notices
          gallery={gallery}
          find={(filters) => {
            navigation.find(filters)
            searchRef.current?.focus()
          }}
          search={(q) => {
            navigation.filter({ q })
            searchRef.current?.focus()
          }}
        />
        {shown && areVariants && (
          <VariantsBar
            shown={shown}
            isSelecting={selection.isOn}
            compare={(ids) => desk.start({ kind: 'compare', ids })}
            back={() => navigation.showVariants(null)}
          />
        )}
        {shown && (
          <Grid
            source={source}
            shown={shown}
            fresh={gallery.fresh}
            selection={selection}
            choosing={choosing}
            isAdvancing={isAdvancing}
            focus={focus}
            topPx={topPx}
            open={navigation.open}
            openStack={navigation.showVariants}
          />
        )}
      </main>
      {selection.isOn && (
        <SelectionBar
          selection={selection}
          shown={shown}
          choosing={choosing}
          start={desk.start}
          leave={() => setFocus({ id: null })}
        />
      )}
      {sheet && gallery.shown && (
        <Sheets
          name={sheet}
          source={source}
          shown={gallery.shown}
          navigation={navigation}
          close={() => setSheet((now) => (now === sheet ? null : now))}
        />
      )}
      {shown && gallery.shown && view.picture !== null && (
        <Viewer
          source={source}
          // A variant under the cover of its stack is turned to among all pictures.
          shown={shown.indexOf(view.picture) < 0 ? gallery.shown : shown}
          id={view.picture}
          choosing={choosing}
          advance={advance}
          collect={(id) => desk.start({ kind: 'collect', ids: [id] })}
          turnTo={navigation.turnTo}
          close={navigation.close}
          changed={gallery.refresh}
          findTag={(tag) => navigation.find({ tag })}
        />
      )}
      {desk.task && (
        <Desk
          key={desk.turn}
          task={desk.task}
          source={source}
          choosing={choosing}
          filters={view.filters}
          revision={gallery.shown?.list.revision}
          find={navigation.find}
          close={desk.close}
        />
      )}
      <Said choosing={choosing} />
    </Veiled.Provider>
  )
}

/** Asks for the keyboard: back in the grid, it stands on the picture last looked at, or the stack that was open. */
function useFocusRequest(view: View) {
  const [focus, setFocus] = useState<{ readonly id: string | null } | null>(null)
  const last = useRef(view)
  useEffect(() => {
    const { picture, variants } = last.current
    last.current = view
    if (picture !== null && view.picture === null) setFocus({ id: picture })
    else if (variants !== undefined && view.variants === undefined) setFocus({ id: variants })
  }, [view.picture, view.variants])
  return [focus, setFocus] as const
}

interface NoticesProps {
  readonly gallery: Gallery
  readonly find: Parameters<typeof Empty>[0]['find']
  search(q: string): void
}

/** What is to be said in place of pictures, or above them. */
function Notices({ gallery: { shown, error, connection, refresh }, find, search }: NoticesProps) {
  const hint = connectionHints[connection]
  // As long as older pictures are being read, nothing found says nothing.
  const isKnown = shown !== null && (shown.list.isWhole || shown.count > 0)
  return (
    <>
      {error && <Problem message={error} retry={refresh} />}
      {!error && hint && <Problem message={hint} retry={refresh} />}
      {!isKnown && !error && <Skeleton />}
      {shown?.insteadOf !== undefined && <Corrected asked={shown.insteadOf} found={shown.filters.q} search={search} />}
      {isKnown && shown.count === 0 && <Empty filters={shown.filters} find={find} />}
    </>
  )
}

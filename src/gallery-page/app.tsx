import { useEffect, useRef, useState } from 'preact/hooks'
import { connectionHints, type Source } from './api.ts'
import { CoverageSheet } from './coverage.tsx'
import { Grid } from './grid.tsx'
import { Empty, Problem, Skeleton } from './notices.tsx'
import { SearchBar } from './search-bar.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { type Gallery, useGallery } from './use-gallery.ts'
import { useNavigation } from './use-navigation.ts'
import { useSelection } from './use-selection.ts'
import { useShortcuts } from './use-shortcuts.ts'
import { Viewer } from './viewer.tsx'

const noProfiles: readonly string[] = []

/** The whole page: the search bar, the pictures, and the one looked at over them. */
export function App({ source }: { source: Source }) {
  const navigation = useNavigation()
  const { view } = navigation
  const gallery = useGallery(source, view.filters)
  const { shown } = gallery
  const selection = useSelection(shown)
  const searchRef = useRef<HTMLInputElement>(null)
  const [focus, setFocus] = useFocusRequest(view.picture)
  const [topPx, setTopPx] = useState(112)
  const [isHistoryOpen, setHistoryOpen] = useState(false)
  useShortcuts(searchRef, selection)
  return (
    <>
      <h1 class="sr-only">Pictures</h1>
      <SearchBar
        navigation={navigation}
        searchRef={searchRef}
        profiles={shown?.list.profiles ?? noProfiles}
        count={shown?.list.isWhole ? shown.count : null}
        canSelect={source.canChange}
        isSelecting={selection.isOn}
        onSelect={selection.isOn ? selection.stop : selection.start}
        onHistory={source.coverage && (() => setHistoryOpen(true))}
        onHeight={setTopPx}
        onLeave={() => setFocus({ id: null })}
      />
      <main style={{ '--top': `${topPx}px` }}>
        <Notices gallery={gallery} find={navigation.find} />
        {shown && (
          <Grid
            source={source}
            shown={shown}
            fresh={gallery.fresh}
            selection={selection}
            focus={focus}
            topPx={topPx}
            open={navigation.open}
          />
        )}
      </main>
      {selection.isOn && <SelectionBar selection={selection} shown={shown} source={source} />}
      {isHistoryOpen && source.coverage && <CoverageSheet load={source.coverage} close={() => setHistoryOpen(false)} />}
      {shown && view.picture !== null && (
        <Viewer
          source={source}
          shown={shown}
          id={view.picture}
          turnTo={navigation.turnTo}
          close={navigation.close}
          changed={gallery.refresh}
          findTag={(tag) => navigation.find({ tag })}
        />
      )}
    </>
  )
}

/** Asks for the keyboard: back in the grid, it stands on the picture last looked at. */
function useFocusRequest(picture: string | null) {
  const [focus, setFocus] = useState<{ readonly id: string | null } | null>(null)
  const lastPicture = useRef<string | null>(null)
  useEffect(() => {
    if (picture === null && lastPicture.current !== null) setFocus({ id: lastPicture.current })
    lastPicture.current = picture
  }, [picture])
  return [focus, setFocus] as const
}

interface NoticesProps {
  readonly gallery: Gallery
  readonly find: Parameters<typeof Empty>[0]['find']
}

/** What is to be said in place of pictures, or above them. */
function Notices({ gallery: { shown, error, connection, refresh }, find }: NoticesProps) {
  const hint = connectionHints[connection]
  // As long as older pictures are being read, nothing found says nothing.
  const isKnown = shown !== null && (shown.list.isWhole || shown.count > 0)
  return (
    <>
      {error && <Problem message={error} retry={refresh} />}
      {!error && hint && <Problem message={hint} retry={refresh} />}
      {!isKnown && !error && <Skeleton />}
      {isKnown && shown.count === 0 && <Empty filters={shown.filters} find={find} />}
    </>
  )
}

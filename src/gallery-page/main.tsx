import { render } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { connectionHints, type Source, serverSource } from './api.ts'
import { Grid } from './grid.tsx'
import { Empty, Problem, Skeleton } from './notices.tsx'
import { SearchBar } from './search-bar.tsx'
import { SelectionBar, useSelection } from './selection.tsx'
import { useNavigation } from './state.ts'
import { staticSource } from './static-source.ts'
import './styles/index.css'
import { useGallery } from './use-gallery.ts'
import { Viewer } from './viewer.tsx'

const isWriting = (target: EventTarget | null) =>
  target instanceof Element && target.closest('input, textarea, select, dialog') !== null

function App({ source }: { source: Source }) {
  const navigation = useNavigation()
  const { place } = navigation
  const gallery = useGallery(source, place.filters)
  const { shown, error } = gallery
  const selection = useSelection(shown)
  const searchRef = useRef<HTMLInputElement>(null)
  const [focus, setFocus] = useState<{ id: string | null } | null>(null)
  const [topPx, setTopPx] = useState(112)
  const lastPicture = useRef<string | null>(null)

  // Back in the grid, the keyboard stands on the picture last looked at.
  useEffect(() => {
    if (place.picture === null && lastPicture.current !== null) setFocus({ id: lastPicture.current })
    lastPicture.current = place.picture
  }, [place.picture])

  useEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return
      if (event.key === '/') {
        event.preventDefault()
        searchRef.current?.focus()
        searchRef.current?.select()
      } else if (event.key === 'Escape' && selection.isOn) selection.stop()
    }
    addEventListener('keydown', keyDown)
    return () => removeEventListener('keydown', keyDown)
  }, [selection])

  const connectionHint = connectionHints[gallery.connection]
  // As long as older pictures are being read, nothing found says nothing.
  const isKnown = shown !== null && (shown.list.isWhole || shown.count > 0)
  return (
    <>
      <h1 class="sr-only">Pictures</h1>
      <SearchBar
        navigation={navigation}
        searchRef={searchRef}
        count={shown?.list.isWhole ? shown.count : null}
        canSelect={source.canChange}
        isSelecting={selection.isOn}
        onSelect={selection.isOn ? selection.stop : selection.start}
        onHeight={setTopPx}
        onLeave={() => setFocus({ id: null })}
      />
      <main style={{ '--top': `${topPx}px` }}>
        {error && <Problem message={error} retry={gallery.refresh} />}
        {!error && connectionHint && <Problem message={connectionHint} retry={gallery.refresh} />}
        {!isKnown && !error && <Skeleton />}
        {isKnown && shown.count === 0 && <Empty filters={shown.filters} find={navigation.find} />}
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
      {shown && place.picture !== null && (
        <Viewer
          source={source}
          shown={shown}
          id={place.picture}
          turnTo={navigation.turnTo}
          close={navigation.close}
          changed={gallery.refresh}
          findTag={(tag) => navigation.find({ tag })}
        />
      )}
    </>
  )
}

const root = document.getElementById('gallery')
if (root) {
  const source = window.galleryData ? staticSource(window.galleryData) : serverSource()
  root.replaceChildren()
  render(<App source={source} />, root)
}

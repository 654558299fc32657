/** Line drawings on a grid of 24, in the colour of the text around them. */
const paths = {
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm5-1.5L20 20',
  filter:
    'M4 7h10m4 0h2M4 17h2m4 0h10M16 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM8 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  check: 'm5.5 12.5 4.5 4.5 9-10',
  close: 'm6 6 12 12M18 6 6 18',
  heart: 'M12 20S4 15.2 4 9.4A4.4 4.4 0 0 1 12 7a4.4 4.4 0 0 1 8 2.4C20 15.2 12 20 12 20Z',
  star: 'm12 4 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8Z',
  stack: 'M4 9h11v11H4zM9 9V4h11v11h-5',
  history: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3.5 2',
  info: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 11v5.5m0-9v.1',
  previous: 'm14.5 5-7 7 7 7',
  next: 'm9.5 5 7 7-7 7',
  zoom: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm5-1.5L20 20M10.5 8v5M8 10.5h5',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  download: 'M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 20h14',
  open: 'M10 5H5v14h14v-5M13.5 4.5h6v6M19 5l-8.5 8.5',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5m3-5v5',
  box: 'M4 8h16v12H4zM4 8l2-4h12l2 4M12 11v5.5m-2.5-2.5 2.5 2.5 2.5-2.5',
  views: 'M5 5h5v5H5zM14 5h5v5h-5zM5 14h5v5H5zM14 14h5v5h-5z',
  calendar: 'M4 6h16v14H4zM4 10.5h16M8.5 3.5v4m7-4v4',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1m10.6 10.6 1.1 1.1M18.4 5.6l-1.1 1.1M6.7 17.3l-1.1 1.1',
  words: 'M5 6h14M5 12h14M5 18h8',
  chart: 'M5 20V11M12 20V4M19 20v-6',
  help: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8m0 3v.1',
  play: 'M8 5v14l11-7Z',
  pause: 'M8 5v14M16 5v14',
  'full-screen': 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  compare: 'M4 5h7v14H4zM13 5h7v14h-7z',
  tag: 'M4 4h8l8 8-8 8-8-8zM8.5 8.5v.1',
  collection: 'M4 7h6l2 2h8v11H4zM6 4h6',
  folder: 'M4 6h6l2 2h8v11H4z',
  undo: 'M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10H9',
  forward: 'm5 5 7 7-7 7m7-14 7 7-7 7',
  up: 'm5 15 7-7 7 7',
  down: 'm5 9 7 7 7-7',
  picture: 'M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.5L20 17M15.5 9.5v.1',
} as const

/** The drawings there are. */
export type IconName = keyof typeof paths

/** A drawing beside words, or in a button that says its name itself. */
export function Icon({ name, isFilled = false }: { name: IconName; isFilled?: boolean }) {
  return (
    <svg class={`icon${isFilled ? ' filled' : ''}`} viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

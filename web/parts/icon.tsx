/** Drawn for a 16-unit square; strokes only, so that they take the colour of their text. */
const paths = {
  close: 'M4 4l8 8M12 4l-8 8',
  expand: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5L9 7M2.5 13.5L7 9',
  shrink: 'M13 7H9V3M3 9h4v4M9 7l4.5-4.5M7 9l-4.5 4.5',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3l8 5-8 5z',
  camera: 'M2.5 5h2.6l1-1.7h3.8l1 1.7h2.6v7.7h-11zM8 6.7a2.1 2.1 0 100 4.2 2.1 2.1 0 000-4.2z',
  heat: 'M8 2c.5 2.7 3.6 3.9 3.6 7.2A3.6 3.6 0 018 13a3.6 3.6 0 01-3.6-3.8C4.4 7.5 5.6 6.7 6 5.3 6.8 6 7 6.6 7.1 7.3 8 6 8.2 4 8 2z',
  boxes: 'M2.5 2.5h7v7h-7zM6.5 9.5v4h7v-7h-4',
  sound: 'M2.5 6v4h2.5l3.5 3v-10L5 6zM11 5.5c1.3 1.4 1.3 3.6 0 5M12.8 3.7c2.3 2.4 2.3 6.2 0 8.6',
  mute: 'M2.5 6v4h2.5l3.5 3v-10L5 6zM11 6l3.5 4M14.5 6L11 10',
  full: 'M2.5 6v-3.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  help: 'M5.8 6.2a2.2 2.2 0 114 1.2c-.7.8-1.8 1.1-1.8 2.3M8 12.2v.3',
  left: 'M10 3L5 8l5 5',
  right: 'M6 3l5 5-5 5',
  down: 'M3 6l5 5 5-5',
  up: 'M3 10l5-5 5 5',
  check: 'M3 8.5l3.3 3.3L13 4.8',
  warning: 'M8 2.5l6 11H2zM8 6.5v3.5M8 11.5v.4',
  search: 'M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.3 10.3l3.2 3.2',
  add: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  edit: 'M3 13l.7-3L10.5 3.2l2.3 2.3L6 12.3zM9 4.7L11.3 7',
  remove: 'M3 4.5h10M6 4.5v-1.5h4v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5',
  theme: 'M8 2.5v11a5.5 5.5 0 000-11zM8 2.5a5.5 5.5 0 100 11',
  live: 'M2.5 4h7.5v8H2.5zM10 7l3.5-2v6L10 9',
  zone: 'M3 4.5l6-2 4.5 4.5-2 6-7-1z',
  line: 'M3 13L13 3M9 3h4v4',
  mask: 'M3 3.5h10v9H3zM3 8.5l5-5M3 12.5l9-9M7.5 12.5L13 7',
  undo: 'M3 6.5h6.5a3.5 3.5 0 010 7H6M5.5 4L3 6.5 5.5 9',
  redo: 'M13 6.5H6.5a3.5 3.5 0 000 7H10M10.5 4L13 6.5 10.5 9',
  reverse: 'M3 6h9.5L9.5 3M13 10H3.5l3 3',
  stepBack: 'M4 3v10M12.5 3.5v9L6.5 8z',
  stepOn: 'M12 3v10M3.5 3.5v9l6-4.5z',
  back: 'M8 3.5v9L2.5 8zM13.5 3.5v9L8 8z',
  on: 'M8 3.5v9L13.5 8zM2.5 3.5v9L8 8z',
  replay: 'M3.2 5.5A5.5 5.5 0 118 13.5M3 2.5v3.2h3.2M8 5.5V8.3l2 1.2',
  menu: 'M8 3.2v.1M8 8v.1M8 12.8v.1',
  record: 'M8 2.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM8 6a2 2 0 100 4 2 2 0 000-4z',
  leave: 'M6.5 2.5h-4v11h4M6 8h7.5M10.5 5l3 3-3 3',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      style={{ width: `calc(${size}px * var(--scale))`, height: `calc(${size}px * var(--scale))` }}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}

interface IconButtonProps {
  readonly icon: IconName
  readonly text: string
  readonly onClick: (event: MouseEvent) => void
  readonly pressed?: boolean
  readonly disabled?: boolean
  readonly testId?: string
}

/** A button of one icon; its words are its label and its tooltip. */
export function IconButton({ icon, text, onClick, pressed, disabled, testId }: IconButtonProps) {
  return (
    <button
      type="button"
      class="button plain icon"
      title={text}
      aria-label={text}
      aria-pressed={pressed}
      disabled={disabled}
      data-testid={testId}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  )
}

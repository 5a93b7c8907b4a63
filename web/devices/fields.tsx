import type { ComponentChildren } from 'preact'

interface TextFieldProps {
  readonly text: string
  readonly value: string
  readonly onValue: (value: string) => void
  readonly kind?: 'text' | 'password' | 'number'
  readonly placeholder?: string
  readonly wrong?: string | false
  readonly maxLength?: number
  readonly autocomplete?: string
  readonly testId?: string
  readonly disabled?: boolean
}

/** One line of a form, with what is wrong about it right below. */
export function TextField(props: TextFieldProps) {
  const { text, value, onValue, kind, placeholder, wrong, maxLength, autocomplete, testId, disabled } = props
  const bad = wrong !== undefined && wrong !== false
  const input = {
    class: 'input',
    value,
    placeholder,
    maxLength: maxLength ?? 256,
    autocomplete: autocomplete ?? 'off',
    'aria-invalid': bad,
    disabled,
    'data-testid': testId,
    onInput: (event: InputEvent) => {
      if (event.currentTarget instanceof HTMLInputElement) onValue(event.currentTarget.value)
    },
  }
  return (
    <label class="field">
      <span>{text}</span>
      {kind === 'password' ? (
        <input type="password" {...input} />
      ) : (
        <input type="text" inputMode={kind === 'number' ? 'decimal' : 'text'} {...input} />
      )}
      {bad && <span class="wrong small">{wrong}</span>}
    </label>
  )
}

interface SelectFieldProps {
  readonly text: string
  readonly value: string
  readonly onValue: (value: string) => void
  readonly wrong?: string | false
  readonly testId?: string
  readonly disabled?: boolean
  readonly children: ComponentChildren
}

export function SelectField({ text, value, onValue, wrong, testId, disabled, children }: SelectFieldProps) {
  return (
    <label class="field">
      <span>{text}</span>
      <select
        class="input"
        value={value}
        disabled={disabled}
        data-testid={testId}
        onChange={(event) => {
          onValue(event.currentTarget.value)
        }}
      >
        {children}
      </select>
      {wrong !== undefined && wrong !== false && <span class="wrong small">{wrong}</span>}
    </label>
  )
}

export function Tick(props: {
  readonly text: string
  readonly checked: boolean
  readonly onValue: (value: boolean) => void
  readonly testId?: string
}) {
  return (
    <label class="tick">
      <input
        type="checkbox"
        checked={props.checked}
        data-testid={props.testId}
        onChange={(event) => {
          props.onValue(event.currentTarget.checked)
        }}
      />
      {props.text}
    </label>
  )
}

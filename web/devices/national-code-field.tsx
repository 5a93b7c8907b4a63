import { useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { FailureLine } from '../parts/states.tsx'
import type { Failure } from '../state/api.ts'
import { nextNationalCode } from '../state/camera-imports.ts'
import { TextField } from './fields.tsx'

interface NationalCodeFieldProps {
  readonly value: string
  readonly unitId: string
  readonly wrong: boolean
  readonly onValue: (value: string) => void
}

/** Typed, or made of the unit's division and the next serial number. */
export function NationalCodeField({ value, unitId, wrong, onValue }: NationalCodeFieldProps) {
  const t = words.value.registry
  const [failure, setFailure] = useState<Failure | null>(null)
  const generate = async () => {
    const answer = await nextNationalCode(unitId)
    setFailure(answer.ok ? null : answer.failure)
    if (answer.ok) onValue(answer.value.nationalCode)
  }
  return (
    <div class="national-code">
      <TextField
        text={t.nationalCode}
        value={value}
        maxLength={20}
        wrong={wrong && t.nationalCodeWrong}
        testId="camera-national-code"
        onValue={onValue}
      />
      <button
        type="button"
        class="button"
        disabled={unitId === ''}
        data-testid="camera-generate-code"
        onClick={() => void generate()}
      >
        {t.generate}
      </button>
      <FailureLine failure={failure} />
    </div>
  )
}

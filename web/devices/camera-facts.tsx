import { cameraCategories } from '../../src/domain/camera.ts'
import { words } from '../language/language.ts'
import type { CameraForm, FormFault } from './camera-form.ts'
import { SelectField, TextField } from './fields.tsx'
import { NationalCodeField } from './national-code-field.tsx'

interface CameraFactsProps {
  readonly form: CameraForm
  readonly faults: readonly FormFault[]
  readonly change: (part: Partial<CameraForm>) => void
}

/** What a camera is in the registry of the city: its code, what it is mounted on, who answers for it. */
export function CameraFacts({ form, faults, change }: CameraFactsProps) {
  const t = words.value.registry
  return (
    <>
      <NationalCodeField
        value={form.nationalCode}
        unitId={form.unitId}
        wrong={faults.includes('nationalCode')}
        onValue={(nationalCode) => {
          change({ nationalCode })
        }}
      />
      <SelectField
        text={t.category}
        value={form.category}
        testId="camera-category"
        onValue={(value) => {
          change({ category: cameraCategories.find((each) => each === value) ?? '' })
        }}
      >
        <option value="">{t.noCategory}</option>
        {cameraCategories.map((each) => (
          <option key={each} value={each}>
            {t.categories[each]}
          </option>
        ))}
      </SelectField>
      <TextField
        text={t.height}
        kind="number"
        value={form.height}
        wrong={faults.includes('height') && words.value.devices.between(-100, 1000)}
        testId="camera-height"
        onValue={(height) => {
          change({ height })
        }}
      />
      <TextField
        text={t.contactName}
        value={form.contactName}
        maxLength={60}
        testId="camera-contact-name"
        onValue={(contactName) => {
          change({ contactName })
        }}
      />
      <TextField
        text={t.contactPhone}
        value={form.contactPhone}
        maxLength={40}
        testId="camera-contact-phone"
        onValue={(contactPhone) => {
          change({ contactPhone })
        }}
      />
      <TextField
        text={t.note}
        value={form.note}
        maxLength={500}
        testId="camera-note"
        onValue={(note) => {
          change({ note })
        }}
      />
    </>
  )
}

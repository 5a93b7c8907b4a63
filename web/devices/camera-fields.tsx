import { words } from '../language/language.ts'
import { CameraFacts } from './camera-facts.tsx'
import type { CameraForm, FormFault } from './camera-form.ts'
import { SelectField, TextField, Tick } from './fields.tsx'
import { UnitOptions } from './unit-options.tsx'

interface CameraFieldsProps {
  readonly form: CameraForm
  readonly faults: readonly FormFault[]
  readonly change: (part: Partial<CameraForm>) => void
}

/** What a camera is called, where it stands and looks, and whether it is analysed. */
export function CameraFields({ form, faults, change }: CameraFieldsProps) {
  const t = words.value.devices
  const wrong = (fault: FormFault, text: string) => faults.includes(fault) && text
  return (
    <div class="form-grid">
      <TextField
        text={t.name}
        value={form.name}
        maxLength={100}
        wrong={wrong('name', t.needed)}
        testId="camera-name"
        onValue={(name) => {
          change({ name })
        }}
      />
      <SelectField
        text={t.unit}
        value={form.unitId}
        wrong={wrong('unit', t.needed)}
        testId="camera-unit"
        onValue={(unitId) => {
          change({ unitId })
        }}
      >
        <option value="">{'—'}</option>
        <UnitOptions />
      </SelectField>
      <TextField
        text={t.longitude}
        kind="number"
        value={form.lon}
        wrong={wrong('location', t.locationWrong)}
        testId="camera-longitude"
        onValue={(lon) => {
          change({ lon })
        }}
      />
      <TextField
        text={t.latitude}
        kind="number"
        value={form.lat}
        testId="camera-latitude"
        onValue={(lat) => {
          change({ lat })
        }}
      />
      <TextField
        text={t.heading}
        kind="number"
        value={form.heading}
        wrong={wrong('heading', t.between(0, 360))}
        onValue={(heading) => {
          change({ heading })
        }}
      />
      <TextField
        text={t.fieldOfView}
        kind="number"
        value={form.fieldOfView}
        wrong={wrong('fieldOfView', t.between(1, 360))}
        onValue={(fieldOfView) => {
          change({ fieldOfView })
        }}
      />
      <CameraFacts form={form} faults={faults} change={change} />
      <Tick
        text={t.analyse}
        checked={form.analyse}
        onValue={(analyse) => {
          change({ analyse })
        }}
      />
      <TextField
        text={t.analyseRate}
        kind="number"
        value={form.rate}
        disabled={!form.analyse}
        wrong={wrong('rate', t.between(0.2, 10))}
        onValue={(rate) => {
          change({ rate })
        }}
      />
      <SelectField
        text={t.analysisStream}
        value={form.analysisStream}
        testId="camera-analysis-stream"
        onValue={(value) => {
          change({ analysisStream: value === 'main' ? 'main' : 'sub' })
        }}
      >
        <option value="sub">{words.value.stream.sub}</option>
        <option value="main">{words.value.stream.main}</option>
      </SelectField>
      <Tick
        text={t.motionGate}
        checked={form.motionGate}
        onValue={(motionGate) => {
          change({ motionGate })
        }}
      />
      <Tick
        text={t.readPlates}
        checked={form.plates}
        onValue={(plates) => {
          change({ plates })
        }}
      />
    </div>
  )
}

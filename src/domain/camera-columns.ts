/** Columns of a file of cameras, in the order in which templates and exports have them. */
export const cameraColumns = [
  'name',
  'unit',
  'address',
  'subAddress',
  'username',
  'password',
  'nationalCode',
  'category',
  'longitude',
  'latitude',
  'heightM',
  'headingDeg',
  'fieldOfViewDeg',
  'contactName',
  'contactPhone',
  'note',
  'analysis',
] as const
export type CameraColumn = (typeof cameraColumns)[number]
export type TitleLanguage = 'zh' | 'en'

type Titles = Readonly<Record<CameraColumn, string>>

export const columnTitles: Readonly<Record<TitleLanguage, Titles>> = {
  zh: {
    name: '名称',
    unit: '所属单位',
    address: '主码流地址',
    subAddress: '子码流地址',
    username: '设备用户名',
    password: '设备密码',
    nationalCode: '国标编码',
    category: '类别',
    longitude: '经度',
    latitude: '纬度',
    heightM: '安装高度（米）',
    headingDeg: '朝向（度）',
    fieldOfViewDeg: '视场角（度）',
    contactName: '联系人',
    contactPhone: '联系电话',
    note: '备注',
    analysis: '智能分析',
  },
  en: {
    name: 'Name',
    unit: 'Unit',
    address: 'Main stream address',
    subAddress: 'Substream address',
    username: 'Device user',
    password: 'Device password',
    nationalCode: 'National code',
    category: 'Category',
    longitude: 'Longitude',
    latitude: 'Latitude',
    heightM: 'Height (m)',
    headingDeg: 'Heading (deg)',
    fieldOfViewDeg: 'Field of view (deg)',
    contactName: 'Contact',
    contactPhone: 'Contact phone',
    note: 'Note',
    analysis: 'Analysis',
  },
}

/** A line of the template that shows what is meant; lines that begin with # are passed over. */
export const exampleRow: Readonly<Record<TitleLanguage, Titles>> = {
  zh: {
    name: '# 示例：人民路口东北角枪机',
    unit: '单位名称，或“上级/下级”，或区划代码 330106',
    address: 'rtsp://10.1.2.3:554/main',
    subAddress: 'rtsp://10.1.2.3:554/sub',
    username: 'admin',
    password: '可不填',
    nationalCode: '33010600001320000001',
    category: '立杆',
    longitude: '120.1551',
    latitude: '30.2741',
    heightM: '6',
    headingDeg: '90',
    fieldOfViewDeg: '70',
    contactName: '张三',
    contactPhone: '0571-12345678',
    note: '可不填',
    analysis: '否',
  },
  en: {
    name: '# Example: Renmin Road, north-east corner',
    unit: 'name of a unit, or upper/lower, or division code 330106',
    address: 'rtsp://10.1.2.3:554/main',
    subAddress: 'rtsp://10.1.2.3:554/sub',
    username: 'admin',
    password: 'optional',
    nationalCode: '33010600001320000001',
    category: 'pole',
    longitude: '120.1551',
    latitude: '30.2741',
    heightM: '6',
    headingDeg: '90',
    fieldOfViewDeg: '70',
    contactName: 'Zhang San',
    contactPhone: '0571-12345678',
    note: 'optional',
    analysis: 'no',
  },
}

/** Which column a title means: in either language, or by its name; null: none of ours. */
export function columnOf(title: string): CameraColumn | null {
  const plain = plainTitle(title)
  return (
    cameraColumns.find((column) =>
      [column, columnTitles.zh[column], columnTitles.en[column]].some((each) => plainTitle(each) === plain),
    ) ?? null
  )
}

/** Without what stands in brackets, spaces and capitals. */
function plainTitle(title: string): string {
  return title
    .replace(/[（(].*$/, '')
    .replace(/\s+/g, '')
    .toLowerCase()
}

/** How categories are called in files. */
export const categoryTitles = {
  zh: {
    pole: '立杆',
    wall: '壁装',
    indoor: '室内',
    lift: '电梯',
    vehicle: '车载',
    'high-point': '高点',
    mobile: '移动布控',
  },
  en: {
    pole: 'pole',
    wall: 'wall',
    indoor: 'indoor',
    lift: 'lift',
    vehicle: 'vehicle',
    'high-point': 'high point',
    mobile: 'mobile',
  },
} as const

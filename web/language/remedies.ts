import { language } from './language.ts'

/** What to do about a shortfall, by its code; the gateway itself says it in English. */
const zh: Readonly<Record<string, string>> = {
  'weights-missing':
    '联网后重新运行 npm start 自动下载；或把模型文件放入 models/，或用 MODELS_DIR 指向存放模型的文件夹',
  'workers-missing': '运行 npm run worker（在其他机器上需设置 REDIS_URL），或把 ANALYSIS_WORKERS 设为大于 0',
  'weights-wrong': '重新运行 npm start 下载正确的模型文件；或更正 models/manifest.json',
  'model-unusable': '在 models/manifest.json 中更正该模型的类型、输入和标签，或将其删除',
  'analysis-failing': '查看分析进程的日志；可能有分析进程或模型损坏',
  'queue-unreachable': '检查 Redis 是否运行（REDIS_URL）；恢复后分析自动继续',
  'database-unreachable': '检查 PostgreSQL 是否运行（DATABASE_URL），磁盘是否已满',
  'alerts-waiting': '检查数据库是否运行、磁盘是否有空间；恢复后告警会自动保存并推送',
  'alerts-lost': '查看日志中的 “alerts lost” 了解原因；收紧频繁触发的规则',
  'alert-targets-unreachable': '在“告警 → 推送”中查看各目标最近一次的错误',
  'alert-deliveries-dead': '在“告警 → 推送”中可重新推送',
  'recording-disk-low': '扩充磁盘，或缩短保存天数、减少录像的摄像机',
  'recordings-folder-missing':
    '重新挂载录像磁盘，随后录像自动开始；如录像确已丢失，在录像文件夹中新建空文件 .xueliang-recordings',
  'recordings-damaged': '检查录像磁盘；损坏的录像已做标记，到期前不会删除',
  'recording-not-started': '查看日志；网关每隔几秒自动重试',
  'analysis-not-started': '查看日志；网关每隔几秒自动重试',
  'recording-stopped': '腾出磁盘空间；有空间后录像自动恢复',
}

export function remedyWords(code: string, remedy: string): string {
  return language.value === 'zh' ? (zh[code] ?? remedy) : remedy
}

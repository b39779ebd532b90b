# UNTESTED: written from Windows' documentation, never run on Windows (docs/reference/support-matrix.md).
# Registers the agent as a scheduled task of SYSTEM that starts with the machine and is started again when it fails. A task and
# not a service: a service must answer the service control manager, which a Node process does not do without a native module.
# Run it in an elevated PowerShell: .\install-agent.ps1 -Countersign 'C:\Program Files\Countersign\countersign.cmd'
param([Parameter(Mandatory = $true)][string] $Countersign)

$ErrorActionPreference = 'Stop'
$name = 'Countersign Agent'

$action = New-ScheduledTaskAction -Execute $env:ComSpec -Argument "/c `"`"$Countersign`" agent serve`""
$trigger = New-ScheduledTaskTrigger -AtStartup
$principal = New-ScheduledTaskPrincipal -UserId 'SYSTEM' -LogonType ServiceAccount -RunLevel Highest
$settings = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) `
  -ExecutionTimeLimit ([TimeSpan]::Zero) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries

New-Item -ItemType Directory -Force -Path (Join-Path $env:ProgramData 'Countersign\trust.d') | Out-Null
Register-ScheduledTask -TaskName $name -Action $action -Trigger $trigger -Principal $principal -Settings $settings -Force |
  Out-Null
Start-ScheduledTask -TaskName $name

# SPDX-License-Identifier: MIT
<#
.SYNOPSIS
Exports what the SMTP AUTH exposure monitor reads, for tenants where its collector may not
log in by itself. It only reads; it changes nothing in the tenant.

.DESCRIPTION
Writes four files into a folder, each complete or not at all:
  transport.json   Get-TransportConfig: the switch of the organisation
  mailboxes.csv    Get-CASMailbox, all mailboxes: the switch of each
  signins.json     the sign-in log from Microsoft Graph, one sign-in per line
  manifest.json    written last: when the export began, which time the sign-ins cover, how
                   many rows each file has. The collector trusts the files as far as this
                   one says.
Then name them in smtp-auth.conf:
  transport_config = /path/transport.json
  mailboxes = /path/mailboxes.csv
  signins = /path/signins.json
Copy manifest.json last if the files travel to another machine.

How to run (Windows PowerShell 5.1, or PowerShell 7 on any system):
  Install-Module ExchangeOnlineManagement -Scope CurrentUser
  Install-Module Microsoft.Graph.Authentication -Scope CurrentUser
  Connect-ExchangeOnline
  Connect-MgGraph -Scopes AuditLog.Read.All, Directory.Read.All
  ./exports.ps1 -Folder C:\smtp-auth
For a scheduled task connect both modules with a certificate (app-only) before the last
line.

Permissions needed: Exchange roles "View-Only Configuration" and "View-Only Recipients"
(both in the role group View-Only Organization Management, and in Global Reader); Graph
permissions AuditLog.Read.All and Directory.Read.All, for a signed-in user also one of the
roles Reports Reader, Security Reader or Global Reader. Reading the log by Graph needs
Entra ID P1 or P2.

This script could NOT be run where it was written: there was no PowerShell and no tenant.
It follows the documentation. If a step fails, it says so, stops, and leaves the files of
the last good export as they are.

.PARAMETER Folder
Where the files go. It should not be readable by others: the files name users and
addresses.

.PARAMETER Days
How far back the sign-ins go. The service itself keeps 30 days with P1 or P2.

.PARAMETER Filter
All (default): sign-ins of all client apps. SMTP: only those of SMTP AUTH, far fewer rows;
what the log covered is then known from the manifest alone, so keep it beside the files.
#>
#Requires -Version 5.1
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [string] $Folder,
    [ValidateRange(1, 60)]
    [int] $Days = 31,
    [ValidateSet('All', 'SMTP')]
    [string] $Filter = 'All'
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

# Sign-ins arrive some minutes late: the newest are left to the next export, so that the
# time that the manifest claims is covered.
$LagMinutes = 15
# The service is slow, and may time out, when asked for a long time at once.
$WindowHours = 6
$PageRows = 500
$Tries = 4

$Names = 'transport.json', 'mailboxes.csv', 'signins.json', 'manifest.json'
$Utf8 = New-Object System.Text.UTF8Encoding($false)
$Culture = [System.Globalization.CultureInfo]::InvariantCulture

function Format-Time([datetime] $Time) {
    $Time.ToUniversalTime().ToString("yyyy'-'MM'-'dd'T'HH':'mm':'ss'Z'", $Culture)
}

# Graph gives text, the module may have made a date of it: text again, with all digits.
function Format-RowTime($Value) {
    if ($Value -is [datetime]) {
        return $Value.ToUniversalTime().ToString('o', $Culture)
    }
    return $Value
}

function Get-TemporaryPath([string] $Name) {
    Join-Path $Folder "$Name.tmp"
}

function Assert-Connected {
    if (-not (Get-Command Get-CASMailbox -ErrorAction SilentlyContinue)) {
        throw 'Not connected to Exchange Online: run Connect-ExchangeOnline first.'
    }
    if (-not (Get-Command Invoke-MgGraphRequest -ErrorAction SilentlyContinue) -or
        -not (Get-MgContext)) {
        throw ('Not connected to Microsoft Graph: run Connect-MgGraph -Scopes ' +
            'AuditLog.Read.All, Directory.Read.All first.')
    }
}

function Export-Transport {
    $config = @(Get-TransportConfig -ErrorAction Stop)
    if ($config.Count -ne 1 -or
        -not $config[0].PSObject.Properties['SmtpClientAuthenticationDisabled']) {
        throw 'Get-TransportConfig did not say SmtpClientAuthenticationDisabled.'
    }
    $json = ConvertTo-Json -InputObject $config[0] -Depth 3 `
        -WarningAction SilentlyContinue
    $path = Get-TemporaryPath 'transport.json'
    [System.IO.File]::WriteAllText($path, $json + "`n", $Utf8)
    return 1
}

function ConvertTo-MailboxRow($Mailbox) {
    if (-not $Mailbox.PSObject.Properties['SmtpClientAuthenticationDisabled']) {
        throw 'Get-CASMailbox did not say SmtpClientAuthenticationDisabled.'
    }
    [pscustomobject] @{
        Identity = [string] $Mailbox.Identity
        DisplayName = $Mailbox.DisplayName
        PrimarySmtpAddress = [string] $Mailbox.PrimarySmtpAddress
        EmailAddresses = @($Mailbox.EmailAddresses) -join ' '
        Guid = [string] $Mailbox.Guid
        ExternalDirectoryObjectId = [string] $Mailbox.ExternalDirectoryObjectId
        # True, False or empty: empty means that the organisation's switch decides.
        SmtpClientAuthenticationDisabled = $Mailbox.SmtpClientAuthenticationDisabled
    }
}

function Export-Mailboxes {
    $count = [ref] 0
    Get-CASMailbox -ResultSize Unlimited -ErrorAction Stop |
        ForEach-Object { $count.Value++; ConvertTo-MailboxRow $_ } |
        Export-Csv -LiteralPath (Get-TemporaryPath 'mailboxes.csv') -NoTypeInformation `
            -Encoding UTF8
    if ($count.Value -eq 0) {
        throw 'Get-CASMailbox found no mailbox: are the permissions complete?'
    }
    return $count.Value
}

# One page. The module itself waits when it is throttled.
function Get-SigninPage([string] $Uri) {
    $page = Invoke-MgGraphRequest -Method GET -Uri $Uri -OutputType HashTable `
        -ErrorAction Stop
    if (-not $page.ContainsKey('value')) {
        throw 'Microsoft Graph answered without a list of sign-ins.'
    }
    return $page
}

function Get-SigninUri([datetime] $From, [datetime] $To, [string] $Apps, [int] $Top) {
    $clause = "createdDateTime ge $(Format-Time $From) and createdDateTime lt " +
        "$(Format-Time $To)"
    if ($Apps -eq 'SMTP') {
        $clause += " and (clientAppUsed eq 'Authenticated SMTP' or " +
            "clientAppUsed eq 'SMTP')"
    }
    return $GraphUrl + '/v1.0/auditLogs/signIns?$top=' + $Top + '&$filter=' +
        [uri]::EscapeDataString($clause)
}

# The service keeps less than it is asked for (30 days, 7 days after an upgrade): what it
# holds begins at the latest with the newest row of the oldest day that has one, of any
# client app.
function Get-CoverageStart([datetime] $From, [datetime] $To) {
    for ($day = $From; $day -lt $To; $day = $day.AddDays(1)) {
        $end = $day.AddDays(1)
        if ($end -gt $To) {
            $end = $To
        }
        $rows = @((Get-SigninPage (Get-SigninUri $day $end 'All' 1)).value)
        if ($rows.Count -gt 0) {
            return Format-RowTime $rows[0]['createdDateTime']
        }
    }
    throw 'The sign-in log is empty: are licence (Entra ID P1) and permissions complete?'
}

# When somebody last signed in, with whatever app: it shows that the log is alive, which the
# rows of SMTP AUTH alone may not.
function Get-NewestSignin([datetime] $From, [datetime] $To) {
    $rows = @((Get-SigninPage (Get-SigninUri $From $To 'All' 1)).value)
    if ($rows.Count -gt 0) {
        return Format-RowTime $rows[0]['createdDateTime']
    }
    return $null
}

# Only what the monitor reads.
function ConvertTo-SigninLine($Row) {
    $status = $Row['status']
    $location = $Row['location']
    $line = [ordered] @{
        id = $Row['id']
        createdDateTime = Format-RowTime $Row['createdDateTime']
        userId = $Row['userId']
        userPrincipalName = $Row['userPrincipalName']
        userDisplayName = $Row['userDisplayName']
        appDisplayName = $Row['appDisplayName']
        ipAddress = $Row['ipAddress']
        clientAppUsed = $Row['clientAppUsed']
        userAgent = $Row['userAgent']
        correlationId = $Row['correlationId']
        isInteractive = $Row['isInteractive']
        conditionalAccessStatus = $Row['conditionalAccessStatus']
        resourceTenantId = $Row['resourceTenantId']
        status = $null
        location = $null
    }
    if ($status) {
        $line['status'] = [ordered] @{
            errorCode = $status['errorCode']
            failureReason = $status['failureReason']
        }
    }
    if ($location) {
        $line['location'] = [ordered] @{
            city = $location['city']
            countryOrRegion = $location['countryOrRegion']
        }
    }
    return ConvertTo-Json -InputObject $line -Depth 4 -Compress
}

# All pages of one window; returns the number of rows.
function Write-SigninWindow($Writer, [datetime] $From, [datetime] $To) {
    $count = 0
    $uri = Get-SigninUri $From $To $Filter $PageRows
    $hostName = ([uri] $uri).Host
    $seen = New-Object 'System.Collections.Generic.HashSet[string]'
    while ($uri) {
        if (-not $seen.Add($uri)) {
            throw 'Microsoft Graph gave the same page twice.'
        }
        $page = Get-SigninPage $uri
        foreach ($row in $page['value']) {
            $Writer.WriteLine((ConvertTo-SigninLine $row))
            $count++
        }
        $uri = $page['@odata.nextLink']
        if ($uri -and ([uri] $uri).Host -ne $hostName) {
            throw "Microsoft Graph points to another host, $(([uri] $uri).Host)."
        }
    }
    return $count
}

# A page's link lives only minutes: a window that failed is asked for again from its
# start, and its lines so far are taken back.
function Write-SigninWindowWithRetry($Writer, [datetime] $From, [datetime] $To) {
    $Writer.Flush()
    $start = $Writer.BaseStream.Position
    for ($try = 1; ; $try++) {
        try {
            return Write-SigninWindow $Writer $From $To
        } catch {
            if ($try -ge $Tries) {
                throw
            }
            Write-Warning ("$(Format-Time $From): $($_.Exception.Message) Trying again.")
            $Writer.Flush()
            $Writer.BaseStream.SetLength($start)
            [void] $Writer.BaseStream.Seek($start, [System.IO.SeekOrigin]::Begin)
            Start-Sleep -Seconds (15 * $try)
        }
    }
}

function Export-Signins([datetime] $From, [datetime] $To) {
    $total = 0
    $path = Get-TemporaryPath 'signins.json'
    $writer = New-Object System.IO.StreamWriter($path, $false, $Utf8)
    try {
        $writer.NewLine = "`n"
        for ($end = $To; $end -gt $From; $end = $begin) {
            $begin = $end.AddHours(-$WindowHours)
            if ($begin -lt $From) {
                $begin = $From
            }
            Write-Progress -Activity 'Sign-ins' `
                -Status "$(Format-Time $begin), $total rows"
            $total += Write-SigninWindowWithRetry $writer $begin $end
        }
    } finally {
        $writer.Dispose()
    }
    Write-Progress -Activity 'Sign-ins' -Completed
    return $total
}

function Export-Manifest([datetime] $Start, [string] $From, [datetime] $To, $Newest,
    $Rows) {
    $manifest = [ordered] @{
        version = 1
        tenant = [string] (Get-MgContext).TenantId
        time = Format-Time $Start
        from = $From
        to = Format-Time $To
        newest = $Newest
        rows = $Rows
    }
    $json = ConvertTo-Json -InputObject $manifest -Depth 3
    $path = Get-TemporaryPath 'manifest.json'
    [System.IO.File]::WriteAllText($path, $json + "`n", $Utf8)
}

$Folder = (New-Item -ItemType Directory -Force -Path $Folder).FullName
try {
    Assert-Connected
    $environment = Get-MgEnvironment -Name (Get-MgContext).Environment
    $GraphUrl = $environment.GraphEndpoint.TrimEnd('/')
    # Whole seconds, so that the question and the manifest name the same instant.
    $now = [datetime]::UtcNow
    $start = $now.AddTicks(-($now.Ticks % [timespan]::TicksPerSecond))
    $to = $start.AddMinutes(-$LagMinutes)
    $from = $to.AddDays(-$Days)

    $rows = [ordered] @{}
    $rows['transport.json'] = Export-Transport
    $rows['mailboxes.csv'] = Export-Mailboxes
    $coverage = Get-CoverageStart $from $to
    $rows['signins.json'] = Export-Signins $from $to
    Export-Manifest $start $coverage $to (Get-NewestSignin $from $to) $rows

    # All are complete: the manifest takes its place last.
    foreach ($name in $Names) {
        Move-Item -Force -LiteralPath (Get-TemporaryPath $name) `
            -Destination (Join-Path $Folder $name)
    }
    Write-Output ("Exported $($rows['mailboxes.csv']) mailboxes and " +
        "$($rows['signins.json']) sign-ins to $Folder.")
} finally {
    foreach ($name in $Names) {
        Remove-Item -Force -LiteralPath (Get-TemporaryPath $name) `
            -ErrorAction SilentlyContinue
    }
}

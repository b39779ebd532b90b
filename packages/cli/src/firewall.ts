/** How the port is opened, for each firewall an administrator may have. Printed, never run. */
export function firewallLines(port: number): readonly string[] {
  return [
    `clients need tcp ${port} of this machine; one of these opens it (nothing was changed):`,
    `  ufw        ufw allow ${port}/tcp`,
    `  firewalld  firewall-cmd --permanent --add-port=${port}/tcp && firewall-cmd --reload`,
    `  nftables   nft add rule inet filter input tcp dport ${port} accept`,
    `  Windows    New-NetFirewallRule -DisplayName Countersign -Direction Inbound -Protocol TCP -LocalPort ${port} -Action Allow`,
  ];
}

/** Fixture of a board whose own USB port is cabled to the agent. */
export const USB_DEVICE_FIXTURE = 'usb-device';
/** Fixture of a board whose agent has a Wi-Fi card to spare. */
export const WIFI_STATION_FIXTURE = 'wifi-station';

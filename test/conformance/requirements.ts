/**
 * What the texts of the RFCs have, counted in them, so that nobody forgets a clause.
 */
import type { Rfc } from './clause.js';

type Counts = Readonly<Partial<Record<Rfc, string>>>;

/**
 * How many sentences with MUST, SHOULD or RECOMMENDED each section has, counted in the texts (the paragraph that
 * explains the key words left out): all sections of the RFCs on VRRP and of RFC 5881 and 5883, and section 6.8 of RFC 5880.
 */
export const REQUIREMENTS: Counts = {
  '3768':
    '5.2.2:1 5.2.3:2 5.3.2:1 5.3.4:2 5.3.6:1 5.3.10:1 6.4.2:4 6.4.3:5 7.1:11 7.2:1 8.2:3 8.4:1 9.1:1 9.2:1',
  '5798':
    '5.1.1.2:1 5.1.1.3:2 5.1.2.2:1 5.1.2.3:2 5.2.2:1 5.2.4:2 5.2.6:1 5.2.9:1 6.1:1 6.4.2:6 6.4.3:9 7.1:8 7.2:1 7.4:2 8.1.2:3 8.2.2:5 8.3.1:1 8.4.2:2 A.1:1 A.2:1',
  '9568':
    '1.1:1 2.5:1 5.1.1.2:1 5.1.1.3:2 5.1.2.2:1 5.1.2.3:2 5.2.2:1 5.2.4:2 5.2.5:1 5.2.6:1 5.2.9:2 6.1:2 6.4.2:6 6.4.3:9 7.1:11 7.2:1 7.4:1 8.1.2:6 8.1.3:1 8.2.1:1 8.2.2:7 8.2.3:2 8.2.4:1 8.3.1:1 8.3.2:3 8.4.2:5 8.4.2.1.1:1 9:1',
  '5880':
    '6.8.1:15 6.8.3:9 6.8.4:2 6.8.5:1 6.8.6:19 6.8.7:12 6.8.8:2 6.8.9:3 6.8.14:1 6.8.15:1 6.8.16:2 6.8.17:1 6.8.18:2',
  '5881': '2:4 3:1 4:11 5:3 6:5 7:1',
  '5883': '3:1 4.3:1 5:1 6:1',
};

/** How many sentences have MAY. */
export const PERMISSIONS: Counts = {
  '3768': '7.1:4 9.2:1',
  '5798': '7.1:3 8.4.2:2 A.2:1',
};

/**
 * How many have must, should or recommended in small letters and none in capitals: from section 5 on, and what section
 * 2.5 of RFC 5798 asks of routers. What says what is not needed is left out.
 */
export const LOWER_CASE: Counts = {
  '3768': '5.3.6.1:1 8.1:2 8.2:1 8.3:1 9.2:2',
  '5798':
    '2.5:2 5.2.8:1 5.2.9:2 6.1:1 8.1.1:2 8.1.2:2 8.1.3:1 8.2.1:2 8.2.2:2 8.2.3:2 8.3.2:2 8.4.1:2 8.4.2:2 8.4.3.1:1 8.4.3.2:1 9:1 A.2:2',
};

/** The lines of the state machine of RFC 5798 that demand something; the others are its conditions and their ends. */
export const STATE_LINES: Readonly<Record<string, readonly number[]>> = {
  '6.4.1': [110, 120, 130, 140, 145, 155, 160, 165],
  '6.4.2': [300, 310, 320, 325, 335, 340, 350, 355, 370, 380, 390, 395, 405, 410, 430, 450, 455, 460, 470],
  '6.4.3': [
    600, 610, 620, 625, 630, 635, 645, 650, 660, 665, 670, 685, 690, 710, 715, 740, 745, 750, 755, 760, 765,
    775,
  ],
};

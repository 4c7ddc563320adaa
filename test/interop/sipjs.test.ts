import { openSipJs } from './browser/sipjs-phone.ts';
import { browserPhoneSuite } from './browser/suite.ts';

browserPhoneSuite('SIP.js', openSipJs);

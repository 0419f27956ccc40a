// Sinch's own package judges the signature.
import { VerificationCallbackWebhooks } from '@sinch/verification';
import { handlerWith } from './gate.mjs';
import { serve } from './runtime.mjs';

const webhooks = new VerificationCallbackWebhooks({
  applicationKey: process.env.SINCH_APPLICATION_KEY,
  applicationSecret: process.env.SINCH_APPLICATION_SECRET,
});

serve(handlerWith((headers, body, path, method) =>
  webhooks.validateAuthenticationHeader(headers, body, path, method)));
